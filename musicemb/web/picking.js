// Which track lies nearest to a place: tracks are sorted into the cells of a grid once.

function makePicker(x, y) {
  const count = x.length, cells = Math.max(1, Math.min(256, Math.round(Math.sqrt(count / 3))));
  const size = 65536 / cells;
  const cell = (value) => Math.max(0, Math.min(cells - 1, Math.floor(value / size)));
  const starts = new Uint32Array(cells * cells + 1), order = new Uint32Array(count);
  for (let track = 0; track < count; track++) starts[cell(y[track]) * cells + cell(x[track]) + 1]++;
  for (let place = 1; place < starts.length; place++) starts[place] += starts[place - 1];
  const next = starts.slice();
  for (let track = 0; track < count; track++) order[next[cell(y[track]) * cells + cell(x[track])]++] = track;

  // The nearest track that may be picked, within a radius; -1 where there is none.
  return function pick(px, py, radius, allowed) {
    let best = -1, least = radius * radius;
    for (let row = cell(py - radius); row <= cell(py + radius); row++) {
      for (let column = cell(px - radius); column <= cell(px + radius); column++) {
        const at = row * cells + column;
        for (let place = starts[at]; place < starts[at + 1]; place++) {
          const track = order[place], dx = x[track] - px, dy = y[track] - py, distance = dx * dx + dy * dy;
          if (distance < least && allowed(track)) { best = track; least = distance; }
        }
      }
    }
    return best;
  };
}
