"""What the compiler would make of a kernel: its registers, how full it makes an SM, its waves."""
