// The map itself, drawn by Bokeh. Everything that stands on it is a glyph with a source of its own.

const SPAN = 65535;       // positions are steps of 16 bits
const DRAWN_MOVING = 3000; // points that are drawn while the map moves

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function makeChart(place, library) {
  const { x, y, count } = library;
  const across = new Bokeh.Range1d({ start: 0, end: SPAN }), up = new Bokeh.Range1d({ start: 0, end: SPAN });
  const pan = new Bokeh.PanTool(), zoom = new Bokeh.WheelZoomTool({ zoom_on_axis: false });
  const figure = Bokeh.Plotting.figure({
    x_range: across, y_range: up, x_axis_type: null, y_axis_type: null, sizing_mode: "stretch_both",
    tools: [pan, zoom], toolbar_location: null, min_border: 0,
    background_fill_color: null, border_fill_color: null, outline_line_color: null,
    lod_threshold: DRAWN_MOVING, lod_factor: Math.max(2, Math.ceil(count / DRAWN_MOVING)), lod_interval: 150, lod_timeout: 400,
  });
  figure.toolbar.active_drag = pan;
  figure.toolbar.active_scroll = zoom;
  for (const grid of figure.center) grid.visible = false;
  const field = (name) => ({ field: name });
  const source = (...names) => new Bokeh.ColumnDataSource({ data: Object.fromEntries(names.map((name) => [name, []])) });

  const points = new Bokeh.ColumnDataSource({ data: { x, y, colour: new Array(count).fill("#888888") } });
  const lines = source("x0", "y0", "x1", "y1"), hits = source("x", "y", "colour"), near = source("x", "y");
  const chosen = source("x", "y"), labels = source("x", "y", "text");
  const opacity = count > 5000 ? 0.75 : 0.85;
  const disc = (from) => figure.scatter(field("x"), field("y"), {
    source: from, size: dotSize(), color: field("colour"), line_color: null, fill_alpha: opacity,
  });
  const dots = disc(points);
  // What follows lies on a sheet above the points: it changes without drawing all of them again.
  const veil = figure.quad({ left: -50 * SPAN, right: 51 * SPAN, bottom: -50 * SPAN, top: 51 * SPAN, fill_alpha: 0.86, line_color: null });
  const found = disc(hits);
  veil.visible = false;
  const strokes = figure.segment(field("x0"), field("y0"), field("x1"), field("y1"), {
    source: lines, line_width: 1.2, line_alpha: 0.55,
  });
  const lettering = {
    source: labels, text_align: "center", text_baseline: "middle", text_font_size: "12.5px", text_font_style: "bold",
    text_font: "system-ui, sans-serif",
  };
  // Bokeh draws an outline over its letters: so the outline is a text of its own, below.
  const halo = figure.text(field("x"), field("y"), field("text"), { ...lettering, text_outline_width: 4 });
  const names = figure.text(field("x"), field("y"), field("text"), lettering);
  const ring = (from, size, width) => figure.scatter(field("x"), field("y"), {
    source: from, size, fill_color: null, line_width: width,
  });
  const rings = [ring(near, 12, 1.6), ring(chosen, 18, 2.6)];

  for (const each of [veil, found, strokes, halo, names, ...rings]) each.level = "overlay";

  let groups = [], members = null, hidden = new Set(), lit = null, named = null;

  function width() { return Math.max(place.clientWidth, 1); }
  function height() { return Math.max(place.clientHeight, 1); }
  function unit() { return (across.end - across.start) / width(); }
  function dotSize() {
    const base = Math.max(3.2, Math.min(11, 62 / Math.pow(count, 0.28)));
    const closer = Math.min(3, Math.sqrt(Math.max(1, SPAN / Math.max(1, (across.end - across.start)))));
    return Math.max(base, Math.min(12, base * closer));
  }
  function look(middleX, middleY, perPixel) {
    const w = (perPixel * width()) / 2, h = (perPixel * height()) / 2;
    across.setv({ start: middleX - w, end: middleX + w });
    up.setv({ start: middleY - h, end: middleY + h });
  }
  function middle() { return [(across.start + across.end) / 2, (up.start + up.end) / 2]; }

  const chart = {
    figure,
    unit, middle,
    // What lies at a place of the window.
    at(clientX, clientY) {
      const box = place.getBoundingClientRect();
      return [across.start + (clientX - box.left) * unit(), up.end - (clientY - box.top) * unit()];
    },
    async show() {
      chart.theme();
      chart.fit();
      await Bokeh.Plotting.show(figure, place); // last: what comes before costs no drawing
    },
    fit() {
      let low = [Infinity, Infinity], high = [-Infinity, -Infinity];
      for (let track = 0; track < count; track++) {
        low = [Math.min(low[0], x[track]), Math.min(low[1], y[track])];
        high = [Math.max(high[0], x[track]), Math.max(high[1], y[track])];
      }
      const wide = Math.max(high[0] - low[0], 1), tall = Math.max(high[1] - low[1], 1);
      const alone = wide === 1 && tall === 1 ? SPAN / 400 : 0;
      const margin = Math.min(60, width() / 10, height() / 10);
      const perPixel = Math.max(wide / (width() - 2 * margin), tall / (height() - 2 * margin), alone);
      look((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, perPixel);
      chart.moved();
    },
    // The window became another one: the middle and the scale stay.
    resized(perPixel) { look(...middle(), perPixel); chart.moved(); },
    zoom(factor) { look(...middle(), unit() / factor); chart.moved(); },
    pan(dx, dy) { const [mx, my] = middle(); look(mx + dx * width() * unit(), my + dy * height() * unit(), unit()); chart.moved(); },
    // Bring a track into sight: what is near the edge by a nudge, what is far away into the middle.
    reveal(track) {
      const [mx, my] = middle(), edge = 26 * unit();
      const dx = x[track] - mx, dy = y[track] - my, w = (across.end - across.start) / 2, h = (up.end - up.start) / 2;
      const beyond = [Math.max(Math.abs(dx) - w + edge, 0), Math.max(Math.abs(dy) - h + edge, 0)];
      if (!beyond[0] && !beyond[1]) return;
      if (beyond[0] > w || beyond[1] > h) look(x[track], y[track], unit());
      else look(mx + Math.sign(dx) * beyond[0], my + Math.sign(dy) * beyond[1], unit());
      chart.moved();
    },
    moved() {
      for (const each of [dots, found]) each.glyph.size = { value: dotSize() + (each === found ? 1.5 : 0) };
      for (const each of [halo, names]) each.glyph.y_offset = { value: -dotSize() / 2 - 8 }; // above a point, not on it
      chart.label();
    },
    // `names`: the groups that are named on the map, and which each track is of, where it is not those of the colours.
    colour(newGroups, newMembers, names) {
      groups = newGroups; members = newMembers; named = names;
      const shades = groups.map((group) => group[2]);
      points.data = { x, y, colour: Array.from(members, (group) => shades[group]) };
      chart.filter(new Set());
    },
    filter(without) {
      hidden = without;
      if (!hidden.size) {
        dots.view.filter = new Bokeh.AllIndices();
      } else {
        const shown = [];
        for (let track = 0; track < count; track++) if (!hidden.has(members[track])) shown.push(track);
        dots.view.filter = new Bokeh.IndexFilter({ indices: shown });
      }
      chart.highlight(lit);
      chart.place();
    },
    allowed(track) { return !hidden.has(members[track]); },
    // Where each group's name stands: at its member nearest to the medians of its members.
    place() {
      const [of, which] = named || [groups, members], inside = of.map(() => []);
      for (let track = 0; track < count; track++) if (!hidden.has(members[track])) inside[which[track]].push(track);
      chart.anchors = [];
      of.forEach((group, number) => {
        const list = inside[number];
        if (list.length < Math.max(3, count / 400) || group[3]) return;
        const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
        const mx = median(list.map((track) => x[track])), my = median(list.map((track) => y[track]));
        let best = list[0], least = Infinity;
        for (const track of list) {
          const distance = (x[track] - mx) ** 2 + (y[track] - my) ** 2;
          if (distance < least) { least = distance; best = track; }
        }
        const text = group[0].replace(/\s+/gu, " ");
        chart.anchors.push({ x: x[best], y: y[best], text: text.length > 28 ? `${[...text].slice(0, 27).join("")}…` : text });
      });
      chart.label();
    },
    // The names of the largest groups that do not cover each other.
    label() {
      const taken = [], shown = { x: [], y: [], text: [] }, scale = unit();
      const first = across.start / scale, last = across.end / scale;
      for (const { x: anchor, y: ay, text } of chart.anchors || []) {
        const half = text.length * 3.9 + 10;
        let ax = anchor;
        if (ax / scale > first && ax / scale < last && 2 * half < last - first) { // in sight: all of it
          ax = Math.min(Math.max(ax, (first + half) * scale), (last - half) * scale);
        }
        const left = ax / scale - half, right = ax / scale + half, top = ay / scale;
        if (taken.some(([l, r, t]) => left < r && right > l && Math.abs(top - t) < 24)) continue;
        taken.push([left, right, top]);
        shown.x.push(ax); shown.y.push(ay); shown.text.push(text);
        if (taken.length === 24) break;
      }
      labels.data = shown;
    },
    choose(track, others) {
      chosen.data = track < 0 ? { x: [], y: [] } : { x: [x[track]], y: [y[track]] };
      near.data = { x: others.map((other) => x[other]), y: others.map((other) => y[other]) };
      lines.data = {
        x0: others.map(() => x[track]), y0: others.map(() => y[track]),
        x1: others.map((other) => x[other]), y1: others.map((other) => y[other]),
      };
    },
    // What was found stands in the light, all else in the dark; null: nobody searches.
    highlight(tracks) {
      lit = tracks;
      const shown = (tracks || []).filter(chart.allowed);
      hits.data = {
        x: shown.map((track) => x[track]), y: shown.map((track) => y[track]),
        colour: shown.map((track) => groups[members[track]][2]),
      };
      veil.visible = tracks !== null;
    },
    theme() {
      const ink = colour("ink"), back = colour("back");
      strokes.glyph.line_color = { value: ink };
      for (const each of rings) each.glyph.line_color = { value: ink };
      veil.glyph.fill_color = { value: back };
      names.glyph.text_color = { value: ink };
      halo.glyph.setv({ text_color: { value: back }, text_outline_color: { value: back } });
    },
  };
  return chart;
}
