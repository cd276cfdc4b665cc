"""Pages as files: one head, ordered heads, language, escaped data, hidden code, the run stamp."""

import json
import re

import nbformat
import pytest

from revops.problems import Problem
from revops.report import cells, index, page
from revops.report.display import begin, finish

from .reading import Outline
from .small import HOSTILE, drawn, executed, shown, tile, workspace, write_notes

PAGES = ["index.html", "02_kpis.html", "vi/index.html", "vi/02_kpis.html"]


@pytest.fixture(params=PAGES)
def html(request, pages) -> str:
    return (pages / request.param).read_text(encoding="utf-8")


def test_one_h1_and_no_level_is_skipped(html):
    heads = Outline(html).heads
    assert heads.count(1) == 1
    assert heads[0] == 1
    assert all(later <= earlier + 1 for earlier, later in zip(heads, heads[1:], strict=False))


def test_nothing_is_asked_for_outside_the_file(html):
    assert Outline(html).asked == []
    assert not re.search(r"@import|url\((?!#)", re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL))


def test_ids_are_unique(html):
    ids = [i for i in Outline(html).ids if i not in ("hatch",)]
    assert len(ids) == len(set(ids))


def test_data_stay_text(html):
    assert HOSTILE not in html
    assert "<img" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    assert "&lt;script&gt;alert(&quot;x&quot;)" in html


@pytest.mark.parametrize(("name", "language", "other"), [("index.html", "en", "vi"), ("vi/index.html", "vi", "en")])
def test_language_and_its_link(pages, name, language, other):
    html = (pages / name).read_text(encoding="utf-8")
    outline = Outline(html)
    assert outline.language == language
    target = "vi/index.html" if other == "vi" else "../index.html"
    assert f'<a href="{target}" lang="{other}" hreflang="{other}">' in html
    assert (pages / name).parent.joinpath(target).is_file()


def test_code_is_hidden_and_the_style_is_the_pages_own(pages):
    html = (pages / "02_kpis.html").read_text(encoding="utf-8")
    assert "secret_code" not in html
    assert html.count("<style>") == 1


def test_sizes(pages):
    assert (pages / "02_kpis.html").stat().st_size < 1_200_000
    assert (pages / "index.html").stat().st_size < 100_000


def test_the_index_needs_no_script(pages):
    assert "<script" not in (pages / "index.html").read_text(encoding="utf-8")


def test_the_index_says_what_the_pages_of_quotas_and_pay_answer(tmp_path):
    ws = workspace(tmp_path)
    html = index.render_index(ws, {"03_quota": {"headline": "Two of three are on pace; A & B ask the same"}})
    assert "<a href='03_quota.html'>Quota</a> · Two of three are on pace; A &amp; B ask the same</p>" in html
    paid = "Two people are paid ₫2 for October."
    told = index.render_index(ws, {"03_quota": {"headline": "On pace"}, "04_incentives": {"headline": paid}})
    assert f"On pace<br><a href='incentives.html'>Incentives</a> · {paid}</p>" in told
    assert "03_quota.html'>" not in index.render_index(ws, {"03_quota": {}})


def test_a_page_without_charts_needs_no_script(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Nothing", id="title")])
    nbformat.write(notebook, tmp_path / "x.ipynb")
    assert "<script" not in page.render_notebook(tmp_path / "x.ipynb", workspace(tmp_path))


@pytest.mark.parametrize(("period", "is_there"), [("2026-W43", False), ("2026-10", True), ("2026-Q4", True)])
def test_a_week_leaves_out_what_only_longer_periods_show(tmp_path, period, is_there):
    long = nbformat.v4.new_markdown_cell("## Which cohorts come back?", id="cohorts", metadata={"tags": ["not-weekly"]})
    short = nbformat.v4.new_markdown_cell("## How did it go?", id="short")
    nbformat.write(nbformat.v4.new_notebook(cells=[short, long]), tmp_path / "x.ipynb")
    html = page.render_notebook(tmp_path / "x.ipynb", workspace(tmp_path, period=period))
    assert "How did it go?" in html
    assert ("Which cohorts come back?" in html) == is_there


def test_a_failure_in_a_cell_that_a_week_leaves_out_is_shown(tmp_path):
    failed = nbformat.v4.new_output("error", ename="IdentityError", evalue="difference 1", traceback=[])
    cell = nbformat.v4.new_code_cell("x", id="x", metadata={"tags": ["not-weekly"]}, outputs=[failed])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "x.ipynb")
    assert "IdentityError" in page.render_notebook(tmp_path / "x.ipynb", workspace(tmp_path, period="2026-W43"))


def long_page(tmp_path, count, **cell):
    asked = [nbformat.v4.new_markdown_cell(f"## Question {i}?", id=f"q{i}") for i in range(count)]
    output = nbformat.v4.new_output(
        "display_data", data={"text/html": f"{cells.OWN}<h3 class='msg'>Claim</h3><p>Proof</p></div>"}
    )
    shown = nbformat.v4.new_code_cell("x", id="x", outputs=[output], metadata=cell)
    nbformat.write(nbformat.v4.new_notebook(cells=[*asked, shown]), tmp_path / "x.ipynb")
    return page.render_notebook(tmp_path / "x.ipynb", workspace(tmp_path))


@pytest.mark.parametrize(("count", "is_there"), [(9, False), (10, True)])
def test_a_page_of_many_questions_begins_with_a_list_of_them(tmp_path, count, is_there):
    html = long_page(tmp_path, count)
    assert ('<a href="#q3">Question 3?</a>' in html) == is_there
    assert 'id="q3"' in html


@pytest.mark.parametrize(("tags", "is_folded"), [([], False), (["detail"], True)])
def test_a_detail_is_told_by_its_message_until_it_is_opened(tmp_path, tags, is_folded):
    html = long_page(tmp_path, 1, tags=tags)
    assert ('<details class="more"><summary>Claim</summary><p>Proof</p></details>' in html) == is_folded


def test_every_chart_has_its_label_and_its_data(pages):
    html = (pages / "02_kpis.html").read_text(encoding="utf-8")
    count = len(drawn(workspace(pages).words))
    assert len(re.findall(r'role="img" aria-label="[^"]+"', html)) == count
    specs = re.findall(r'<script type="application/json" data-chart="[^"]+" data-left="\d+">(.*?)</script>', html)
    assert len(specs) == count
    assert all("title" not in json.loads(spec) for spec in specs)
    assert html.count("Data of this chart") == count


def test_the_same_notebook_gives_the_same_page(tmp_path):
    ws = workspace(tmp_path)
    first = page.render_notebook(executed(tmp_path / "a.ipynb", ws.words), ws)
    assert first == page.render_notebook(executed(tmp_path / "b.ipynb", ws.words), ws)


def test_markdown_is_escaped_and_questions_are_heads():
    assert cells.markdown("# Title\n\n## Why <b>?\n\nA [link](02_kpis.html) & *more*.", "x") == (
        '<h2 class="ask">Why &lt;b&gt;?</h2>\n<p>A <a href="02_kpis.html">link</a> &amp; <em>more</em>.</p>'
    )


@pytest.mark.parametrize("link", ["javascript:alert(1)", "vbscript:x", "data:text/html,x"])
def test_a_harmful_link_of_markdown_goes_nowhere(link):
    assert link not in cells.markdown(f"[x]({link})", "x")


def test_markdown_comes_from_the_catalogue_by_cell(tmp_path, monkeypatch):
    ws = workspace(tmp_path, language="vi")
    monkeypatch.setattr(ws.words, "cell", lambda notebook, cell: "## Vì sao?" if cell == "why" else None)
    cells = [nbformat.v4.new_markdown_cell("## Why?", id="why"), nbformat.v4.new_markdown_cell("Plain.", id="other")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "x.ipynb")
    html = page.render_notebook(tmp_path / "x.ipynb", ws)
    assert '<h2 class="ask">Vì sao?</h2>' in html
    assert '<div class="md" lang="en"><p>Plain.</p></div>' in html


def test_a_failed_notebook_shows_how_far_it_came(tmp_path):
    error = nbformat.v4.new_output("error", ename="IdentityError", evalue=f"10 against 9 {HOSTILE}", traceback=["x"])
    noise = nbformat.v4.new_output("stream", name="stderr", text="10%|###")
    cell = nbformat.v4.new_code_cell("x", id="fails", outputs=[noise, error])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "x.ipynb")
    html = page.render_notebook(tmp_path / "x.ipynb", workspace(tmp_path))
    assert "IdentityError: 10 against 9 &lt;script&gt;" in html
    assert "###" not in html


def test_foreign_html_is_shown_as_text(tmp_path):
    data = {"text/html": "<table onclick=alert(1)></table>", "text/plain": "a <table>"}
    output = nbformat.v4.new_output("display_data", data=data)
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", id="x", outputs=[output])]), tmp_path / "x.ipynb"
    )
    html = page.render_notebook(tmp_path / "x.ipynb", workspace(tmp_path))
    assert "onclick" not in html
    assert '<pre class="plain">a &lt;table&gt;</pre>' in html


def test_begin_and_finish(tmp_path):
    ws = workspace(tmp_path, "01_ingest")
    assert begin(ws).plain == "Sao Mộc Home · October 2026 · 31 Oct 2026"
    ws.check("rows", 5, 4, explained=1)
    assert finish(ws).plain == "rows 5 = 4 · 1 explained · ✓ difference 0"
    assert page.read_notes(ws)["checks"][0]["name"] == "rows"


def test_a_pay_page_links_up_one_folder(tmp_path):
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "x.ipynb")
    html = page.render_notebook(tmp_path / "x.ipynb", workspace(tmp_path, "04_incentives"))
    links = Outline(html).links
    assert "../index.html" in links
    assert "../vi/restricted/04_incentives.html" in links
    assert '<a href="../restricted/04_incentives.html" aria-current="page">' in html


def test_a_difference_is_bad_and_moves_under_the_headline(tmp_path):
    write_notes(tmp_path)
    path = tmp_path / "notes" / "01_ingest.en.json"
    check = {"name": "orders − invoices", "left": 5, "right": 4, "explained": 0, "money": True, "difference": 1}
    path.write_text(json.dumps({"checks": [check]}), encoding="utf-8")
    html = index.render_index(workspace(tmp_path))
    assert html.index('<p class="stamp up">') < html.index('class="tiles"')
    assert '<span class="bad">₫5 = ₫4 · ✗ difference ₫1</span>' in html


@pytest.mark.parametrize(("quarantined", "tone", "mark"), [(1_942, "good", "✓"), (1_941, "bad", "✗")])
def test_rows_read_are_accounted_for(tmp_path, quarantined, tone, mark):
    write_notes(tmp_path)
    stamp = {
        "data_through": "2026-10-31",
        "read": 412_806,
        "kept": 409_377,
        "quarantined": quarantined,
        "merged": 1_487,
    }
    (tmp_path / "notes" / "01_ingest.en.json").write_text(json.dumps({"extra": {"stamp": stamp}}), encoding="utf-8")
    html = index.render_index(workspace(tmp_path))
    difference = 412_806 - 409_377 - quarantined - 1_487
    assert (
        f'412,806 rows read = 409,377 kept + {quarantined:,} quarantined + 1,487 merged <span class="{tone}">' in html
    )
    assert f"{mark} difference {difference}" in html


@pytest.mark.parametrize(
    ("values", "shown_lines"),
    [
        ({}, ["▼ −1.6%", "▲ +5.1%", "▲ +10.1%"]),
        ({"plan": 49_187_000_000}, ["● 0.0%"]),
        ({"plan": 0}, ["–"]),
        ({"plan": None}, ["–"]),
        ({"value": None}, ["–", "–", "–"]),
        ({"kind": "percent", "value": 0.0231, "plan": 0.026}, ["▼ −0.29 pp"]),
        ({"kind": "percent", "value": 0.019, "plan": 0.02, "digits": 1, "better": "lower"}, ["▼ −0.1 pp"]),
    ],
)
def test_a_tile_compares(tmp_path, values, shown_lines):
    html = index.tile_html(workspace(tmp_path), tile("Revenue", **values))
    lines = [
        re.sub(r"<[^>]+>", "", dd).replace("&nbsp;", " ").replace("\u00a0", " ")
        for dd in re.findall("<dd>(.*?)</dd>", html)
    ]
    assert lines[: len(shown_lines)] == shown_lines


@pytest.mark.parametrize(
    ("value", "better", "tone"), [(0.03, "higher", "good"), (0.03, "lower", "bad"), (0.02, "lower", "good")]
)
def test_a_tile_knows_what_is_good(tmp_path, value, better, tone):
    made = tile("Churn", kind="percent", value=value, plan=0.025, better=better)
    assert f"<dd><span class='{tone}'>" in index.tile_html(workspace(tmp_path), made)


def test_units_of_large_figures_are_small(tmp_path):
    html = index.tile_html(workspace(tmp_path), tile("Revenue"))
    assert '<div class="v">₫49.2<small>bn</small></div>' in html
    html = index.tile_html(workspace(tmp_path, language="vi"), tile("Revenue"))
    assert '<div class="v">49,2<small>\u00a0tỷ\u00a0₫</small></div>' in html


def test_findings_are_ranked_by_money(pages):
    html = (pages / "index.html").read_text(encoding="utf-8")
    places = [html.index(text) for text in ("−₫2.2bn", "−₫1.2bn", "+₫566m", "−₫196m", "−₫123m")]
    assert places == sorted(places)
    assert "Five problems and one success, ranked by money at stake" in html
    shown, _, more = html.partition('<details class="more"><summary>One more finding</summary>')
    assert shown.count("<tr><td class='m'>") == 5
    assert "−₫5.0m" in more


@pytest.mark.parametrize(
    ("count", "why", "open_rows"),
    [(0, "", 0), (2, "x", 2), (9, "x", 6), (9, "x" * 110, 5), (9, "x" * 900, 3), (3, "x" * 900, 3)],
)
def test_as_many_findings_stand_open_as_fit_one_screen(count, why, open_rows):
    found = [{"title": "A title", "why": why, "action": "Do it."} for _ in range(count)]
    assert index._that_fit(found) == open_rows


def test_faults_stand_at_the_top(tmp_path):
    ws = workspace(tmp_path, "04_incentives")
    ws.fault(Problem("person NV-0001", "no plan", "a plan for October", "name a plan"))
    ws.write_notes()
    html = index.render_index(workspace(tmp_path))
    assert "One fault needs a decision" in html
    assert "<td>person NV-0001</td><td>no plan</td><td>a plan for October</td><td>name a plan</td>" in html


def test_totals_show_only_what_was_meant_for_everyone(tmp_path):
    ws = workspace(tmp_path, "04_incentives")
    ws.headline("Nguyễn Thị Minh Anh is paid ₫13,578,000")
    ws.notes.extra["pay"] = [{"name": "Paid to 12 people", "value": "₫412,000,000"}]
    ws.write_notes()
    html = index.render_totals(workspace(tmp_path))
    assert "Paid to 12 people" in html
    assert "Minh Anh" not in html


def test_everything_shown_has_a_short_text(tmp_path):
    for thing in shown(workspace(tmp_path).words).values():
        assert thing._repr_mimebundle_()[0]["text/plain"]


def test_the_stamp_counts_the_pages_own_identities_and_leads_to_their_list(tmp_path):
    write_notes(tmp_path)
    check = {"name": "a", "left": 5, "right": 5, "explained": 0, "money": True, "difference": 0}
    for name, checks in (("01_ingest", []), ("02_kpis", [check, check | {"name": "b"}])):
        path = tmp_path / "notes" / f"{name}.en.json"
        notes = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(notes | {"checks": checks}), encoding="utf-8")
    html = index.render_index(workspace(tmp_path))
    assert "<a href=\"02_kpis.html#proofs\"><span class='good'>✓ Two identities of this page hold</span></a>" in html
    assert '<span>a <span class="good">₫5 = ₫5 · ✓ difference ₫0</span></span>' in html


def test_the_list_of_identities_has_its_anchor_once(pages):
    assert (pages / "02_kpis.html").read_text(encoding="utf-8").count("id='proofs'") <= 1
