"""The statistics of bench/run: medians, ratios of paired rounds, verdicts, the table and the chart."""
import pathlib
import sys
import unittest
import xml.dom.minidom

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests/support")]
import chart  # noqa: E402
import mail  # noqa: E402
import report  # noqa: E402
import rows  # noqa: E402
import script_test  # noqa: E402


def figure(servers, more_is_better=False, target=None, ceiling=None, name="CPU"):
    return {"name": name, "unit": "ms", "more_is_better": more_is_better, "target": target, "ceiling": ceiling,
            "servers": {server: report.summary(dict(enumerate(values))) for server, values in servers.items()}}


def judged(*arguments, **more):
    row = {"name": "a row", "figures": [figure(*arguments, **more)], "errors": {}}
    report.add_ratios([row], "dovecot")
    return row, row["figures"][0]


class Figures(unittest.TestCase):
    def test_a_summary_tells_the_median_and_the_extremes(self):
        self.assertEqual(report.summary({0: 3.0, 2: 1.0, 5: 10.0}), {"median": 3, "least": 1, "most": 10, "rounds": {0: 3, 2: 1, 5: 10}})

    def test_ratios_are_of_one_round_each(self):
        # The machine was twice as slow in the second round: the paired ratio does not notice.
        _, found = judged({"restante": [1, 2, 1], "dovecot": [8, 16, 8]})
        self.assertEqual(found["ratios"]["dovecot"], {"median": 8, "least": 8, "most": 8, "rounds": {0: 8, 1: 8, 2: 8}})

    def test_a_round_that_one_of_them_failed_is_no_pair(self):
        ours, theirs = report.summary({0: 1, 2: 2}), report.summary({1: 100, 2: 10})
        self.assertEqual(report.paired({"more_is_better": False}, ours, theirs)["rounds"], {2: 5})
        self.assertIsNone(report.paired({"more_is_better": False}, report.summary({0: 1}), report.summary({1: 1})))
        self.assertIsNone(report.paired({"more_is_better": False}, report.summary({0: 0}), report.summary({0: 1})))

    def test_more_may_be_better(self):
        _, found = judged({"restante": [50], "dovecot": [10]}, more_is_better=True)
        self.assertEqual(found["ratios"]["dovecot"]["median"], 5)

    def test_a_target_is_met_or_missed(self):
        for ours, met in ((1, True), (1.01, False)):
            self.assertIs(judged({"restante": [ours], "dovecot": [8]}, target=8)[1]["met"], met)
        self.assertIsNone(judged({"restante": [1], "dovecot": [8]})[1]["met"])
        self.assertIsNone(judged({"restante": [1], "courier": [8]}, target=8)[1]["met"])
        self.assertIsNone(judged({"dovecot": [8]}, target=8)[1]["met"])

    def test_the_ceiling_counts_as_well(self):
        for ours, met in ((1.4, True), (1.5, False)):
            self.assertIs(judged({"restante": [ours], "dovecot": [8], "null": [1]}, target=3, ceiling=1.4)[1]["met"], met)

    def test_whoever_did_better_is_named_but_the_null_server(self):
        self.assertEqual(judged({"restante": [2], "dovecot": [4], "courier": [1], "null": [0.1]})[1]["behind"], ["courier"])

    def test_growth_divides_within_rounds(self):
        big = {"figures": [figure({"restante": [2, 8], "dovecot": [50]}, name="log-in to STAT")]}
        small = {"figures": [figure({"restante": [2, 4], "courier": [1]}, name="log-in to STAT")]}
        servers = report.growth(big, small, "log-in to STAT")["figures"][0]["servers"]
        self.assertEqual({name: one["rounds"] for name, one in servers.items()}, {"restante": {0: 1, 1: 2}})

    def test_the_table_tells_verdict_and_spread(self):
        row, _ = judged({"restante": [2, 2], "dovecot": [4, 8], "courier": [1, 1]}, target=8)
        row["errors"]["cyrus"] = "did not start"
        table = report.table([row], ["restante", "dovecot", "courier", "cyrus"], "dovecot").splitlines()
        self.assertEqual(table[1], "a row")
        self.assertEqual(table[2].split(maxsplit=6)[:6], ["CPU,", "ms", "2", "6", "1", "-"])
        self.assertTrue(table[2].endswith("3× (2..4); wanted 8×; MISSED; BEHIND courier"), table[2])
        self.assertEqual(table[3], "  ! cyrus: did not start")

    def test_the_chart_is_well_formed_and_holds_each_value(self):
        row, _ = judged({"restante": [1, 1], "dovecot": [8, 12], "courier": [100, 100], "null": [0.1, 0.1]}, target=8)
        row["name"] = "a <row> & more"
        drawn = xml.dom.minidom.parseString(chart.svg([row], "dovecot", "a machine"))
        texts = [one.firstChild.data for one in drawn.getElementsByTagName("text")]
        for text in ("10×", "0.1×", "restante", "courier", "a <row> & more: CPU", "a machine"):
            self.assertIn(text, texts)
        self.assertNotIn("null", texts)
        widths = {one.getAttribute("fill"): float(one.getAttribute("width")) for one in drawn.getElementsByTagName("rect") if one.getAttribute("x")}
        self.assertAlmostEqual(widths[chart.COLOURS["restante"]], widths[chart.COLOURS["courier"]], delta=0.2)  # ten times, either way

    def test_nothing_is_drawn_where_nothing_is_compared(self):
        self.assertIsNone(chart.svg([judged({"restante": [1]}, target=8)[0]], "dovecot", ""))


class Rows(unittest.TestCase):
    def test_names_are_unique_and_groups_exist(self):
        for quick in (True, False):
            sizes = mail.Sizes(quick)
            names = [row.name for row in rows.rows(sizes)]
            self.assertEqual(len(names), len(set(names)))
            groups = mail.Maildrops(pathlib.Path("nowhere"), sizes).groups
            for row in rows.rows(sizes):
                self.assertIn(row.group, groups)
                self.assertLessEqual(set(row.quick), set(rows.EVERYONE))
                if "idle" in row.mode:  # a maildrop has one session at a time
                    self.assertLessEqual(row.sessions, len(groups[row.group]))


if __name__ == "__main__":
    script_test.main()
