from mig_explorer.charts.labels import BEYOND, GAP, LETTER, place

SIZE = (300.0, 170.0)


def sides(words, at, points=()):
    return [(label.number, label.side, label.y) for label in place(words, at, points or at, SIZE)]


def test_words_stand_to_the_right_and_at_the_edge_to_the_left():
    assert sides(["7g.40gb"], [(20.0, 80.0)]) == [(0, "right", 80.0)]
    assert sides(["7g.40gb"], [(290.0, 80.0)]) == [(0, "left", 80.0)]


def test_words_avoid_each_other_and_other_points():
    assert sides(["first", "second"], [(20.0, 80.0), (22.0, 84.0)])[1][0] == 1
    first, second = place(["first", "second"], [(20.0, 80.0), (22.0, 84.0)], [], SIZE)
    assert abs(first.y - second.y) >= 13 or first.side != second.side
    assert sides(["7g"], [(50.0, 80.0)], [(50.0, 80.0), (65.0, 80.0)]) == [(0, "left", 80.0)]


def test_words_without_room_are_left_out_but_the_first_ones_never():
    crowd = [(float(x), float(y)) for x in range(0, 300, 4) for y in range(0, 170, 4)]
    assert [number for number, *_ in sides(["chosen", "other"], [(150.0, 80.0), (60.0, 40.0)], crowd)] == [0]


def test_no_words_leave_the_plot():
    for x in range(0, 301, 20):
        for label in place(["a long layout title"], [(float(x), 2.0)], [], SIZE):
            length = len("a long layout title") * LETTER
            left = x + GAP if label.side == "right" else x - GAP - length
            assert left >= 0
            assert left + length <= SIZE[0] + BEYOND
            assert label.y >= 0
