// Draws every chart of the page for the width of its place: again when that changes, and for paper.
(() => {
  const PAPER = 690;
  const VIETNAMESE = { decimal: ',', thousands: '.', grouping: [3], currency: ['', ''] };
  const NARROW = { vt: 'v_narrow', deltat: 'delta_narrow', sharet: 'share_narrow' };
  const charts = [...document.querySelectorAll('script[data-chart]')].map((tag) => ({
    place: document.getElementById(tag.dataset.chart),
    spec: tag.textContent,
    left: Number(tag.dataset.left),
    width: 0,
  }));

  function each(node, visit) {
    if (Array.isArray(node)) node.forEach((part) => each(part, visit));
    else if (node && typeof node === 'object') {
      visit(node);
      Object.entries(node).forEach(([key, part]) => key !== 'datasets' && each(part, visit));
    }
  }

  function laid(chart, width) {
    const spec = JSON.parse(chart.spec);
    if (spec.vconcat) spec.vconcat.forEach((panel) => { panel.width = Math.max(120, width - chart.left - 4); });
    else { spec.width = width; spec.autosize = { type: 'fit-x', contains: 'padding' }; }
    if (width < 520) {
      spec.config.axis.labelLimit = 120;
      each(spec, (node) => {
        if (typeof node.xOffset === 'number') node.xOffset *= 0.3;
        if (NARROW[node.field] && node.type === 'nominal') node.field = NARROW[node.field];
      });
    }
    return spec;
  }

  // The place is the image, named by its message: its parts are no symbols of their own.
  function bare(place) {
    const told = ['role', 'aria-roledescription', 'aria-label'];
    place.querySelectorAll('svg, svg *').forEach((node) => told.forEach((name) => node.removeAttribute(name)));
  }

  async function draw(chart, width) {
    if (width < 1 || Math.abs(width - chart.width) < 2) return;
    chart.width = width;
    const made = await vegaEmbed(chart.place, laid(chart, width), {
      mode: 'vega-lite', renderer: 'svg', actions: false, defaultStyle: false,
      formatLocale: document.documentElement.lang === 'vi' ? VIETNAMESE : undefined,
    });
    if (chart.view) chart.view.finalize();
    chart.view = made.view;
    bare(chart.place);
    chart.place.dataset.drawn = width;
  }

  const paper = () => Promise.all(charts.map((chart) => {
    const share = chart.place.closest('.row') ? 1 : Math.min(1, parseFloat(chart.place.style.maxWidth || PAPER) / PAPER);
    return draw(chart, Math.round(PAPER * share));
  }));
  const fit = () => Promise.all(charts.map((chart) => draw(chart, Math.floor(chart.place.clientWidth))));
  let waiting = 0;
  addEventListener('resize', () => { clearTimeout(waiting); waiting = setTimeout(fit, 80); });
  addEventListener('beforeprint', paper);
  addEventListener('afterprint', fit);
  document.querySelectorAll('details').forEach((fold) => fold.addEventListener('toggle', fit));
  matchMedia('print').addEventListener('change', (print) => (print.matches ? paper() : fit()));
  fit().then(() => { document.documentElement.dataset.charts = 'drawn'; });
})();
