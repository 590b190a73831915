// Vega's JavaScript comes over the comm, once for each page. It lies on globalThis because every
// widget has modules of its own; it is put there only when it works, so a dead kernel blocks nobody.
export function vegaLibrary(model) {
  const key = `mig_explorer vega ${model.get("library_version")}`;
  if (globalThis[key]) return Promise.resolve(globalThis[key]);
  return new Promise((resolve, reject) => {
    let asked = false;
    const look = () => {
      const { module, cause } = model.get("library");
      if (!module && !cause) {
        if (!asked) model.send({ kind: "vega-wanted" });
        asked = true;
        return;
      }
      model.off("change:library", look);
      if (cause) {
        reject(new Error(cause));
        return;
      }
      load(module)
        .then((library) => resolve((globalThis[key] = library)), reject)
        .finally(() => model.send({ kind: "vega-here" }));
    };
    model.on("change:library", look);
    look();
  });
}

async function load(module) {
  const address = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
  try {
    return await import(/* @vite-ignore */ address);
  } finally {
    URL.revokeObjectURL(address);
  }
}
