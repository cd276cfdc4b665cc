"""An executed notebook as one self-contained HTML page, and (in report.index) the summary of a run.

What notebooks write into their notes for these pages (ws.headline, ws.tile, ws.finding, ws.notes.extra):

    ws.headline(text, subline)           every notebook: the page's h1 and the who/what/when line
    ws.tile(name=, basis=, value=, kind='money' | 'number' | 'percent', series=[13 numbers], plan_series=[…] or None,
            plan=, previous=, previous_year=, better='higher' | 'lower', digits=None)
                                         eight of them by 02_kpis; shares as 0.023; percent tiles vary in points
    ws.finding(amount=, basis=, title=, why=, action=, owner=, due_on=, href=, is_good=)   ranked by |amount| on the index
    ws.notes.extra['bridge'] = {'title':, 'who':, 'plan': amount, 'actual': amount, 'rows': [{'name':, 'amount':}, …]}
    ws.notes.extra['bullets'] = {'title':, 'groups': [[{'name':, 'actual':, 'plan':, 'previous_year':}, …], […]]}
    ws.notes.extra['findings_title'] = sentence         optional
    ws.notes.extra['pay'] = [{'name':, 'value': shown text}, …]     04_incentives: totals only, never a person
    ws.notes.extra['stamp'] = {'data_through': '2026-10-31', 'read':, 'kept':, 'quarantined':, 'merged':}     01_ingest
    ws.check(name, left, right)          identities; `name` is a key of the catalogue; those of 01 stand in the run stamp
    ws.fault(problem)                    stands at the top of the index
"""
