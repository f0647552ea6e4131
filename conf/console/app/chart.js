// Lines over time, drawn by uPlot. Colours come from the style sheet, so they follow the theme; what the chart shows is
// also told in words for those who do not see it.
import { html, useEffect, useRef } from '../vendor/htm-preact.js';
import { clock } from './format.js';

let loaded = null;

// uPlot asks the browser for its language when it is loaded, and dies of one that is none ("en-US@posix", which
// Chromium makes of LANG=C).
async function load() {
  try {
    new Intl.NumberFormat(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
  }
  return (await import('../vendor/uplot.js')).default;
}

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(width, series, format, height) {
  const muted = colour('--muted'), line = colour('--line');
  const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: '11px system-ui' };
  return {
    width, height,
    cursor: { points: { size: 6 }, y: false, drag: { x: false, y: false } },
    legend: { live: true, markers: { width: 2 } },
    padding: [8, 8, 0, 0],
    scales: { x: { time: true }, y: { range: (self, low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [
      { ...axis, values: (self, ticks) => ticks.map(at => clock(at * 1000)), space: 90, size: 26 },
      { ...axis, values: (self, ticks) => ticks.map(format), size: 62 },
    ],
    series: [
      { label: 'time', value: (self, at) => at == null ? '–' : clock(at * 1000) },
      ...series.map(one => ({
        label: one.label, stroke: colour(one.colour), width: 1.75, dash: one.dash,
        fill: one.fill ? colour(one.colour) + '1f' : undefined,
        points: { show: false }, value: (self, value) => value == null ? '–' : format(value),
      })),
    ],
  };
}

// times: seconds; series: {label, colour, values, fill, dash}.
export function Chart({ label, times, series, format, height = 190, theme }) {
  const place = useRef(null), plot = useRef(null);
  const data = [times, ...series.map(one => one.values)];
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    let over = false, watch = null;
    (async () => {
      loaded ||= load();
      const uPlot = await loaded;
      if (over || !place.current) return;
      const box = place.current;
      plot.current = new uPlot(options(box.clientWidth || 400, series, format, height), latest.current, box);
      watch = new ResizeObserver(() => plot.current && plot.current.setSize({ width: box.clientWidth, height }));
      watch.observe(box);
    })().catch(() => { if (place.current) place.current.textContent = 'The chart cannot be drawn here.'; });
    return () => {
      over = true;
      if (watch) watch.disconnect();
      if (plot.current) plot.current.destroy();
      plot.current = null;
    };
  }, [series.map(one => one.label).join(), theme]);
  useEffect(() => {
    if (!plot.current) return;
    plot.current.setData(data);
    // Nobody points at a time: the legend tells the present.
    if (plot.current.cursor.idx == null && times.length) plot.current.setLegend({ idx: times.length - 1 });
  });
  const words = series.map(one => `${one.label} ${format(one.values[one.values.length - 1] || 0)}`).join(', ');
  return html`<figure class="chart" role="img" aria-label=${`${label}: now ${words}`}><div ref=${place}></div></figure>`;
}
