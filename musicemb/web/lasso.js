// Draw a line around tracks: with the pencil on, a drag draws and does not move the map.

function makeLasso(library, chart, place, onDrawn) {
  const sheet = document.getElementById("sheet"), line = sheet.querySelector("path"), pencil = document.getElementById("pencil");
  let corners = null;

  function on(yes) {
    sheet.toggleAttribute("hidden", !yes);
    pencil.setAttribute("aria-pressed", String(yes));
    corners = null;
    line.setAttribute("d", "");
  }

  function add(event) {
    const box = sheet.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    const [lastX, lastY] = corners[corners.length - 1] || [-99, -99];
    if (Math.hypot(x - lastX, y - lastY) < 3) return;
    corners.push([x, y]);
    line.setAttribute("d", `M${corners.map((corner) => corner.join(" ")).join("L")}Z`);
  }

  // Whether a place is inside: a ray to the right crosses the line an odd number of times.
  function inside(shape, x, y) {
    let within = false;
    for (let at = 0, before = shape.length - 1; at < shape.length; before = at++) {
      const [ax, ay] = shape[at], [bx, by] = shape[before];
      if ((ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
    }
    return within;
  }

  function finish() {
    const drawn = corners || [], box = sheet.getBoundingClientRect();
    const shape = drawn.map(([x, y]) => chart.at(x + box.left, y + box.top));
    const xs = drawn.map(([x]) => x), ys = drawn.map(([, y]) => y);
    const large = drawn.length > 2 && Math.max(...xs) - Math.min(...xs) > 6 && Math.max(...ys) - Math.min(...ys) > 6;
    if (!large) { corners = null; line.setAttribute("d", ""); return; } // a click: the pencil stays
    on(false);
    const tracks = [];
    for (let track = 0; track < library.count; track++) {
      if (chart.allowed(track) && inside(shape, library.x[track], library.y[track])) tracks.push(track);
    }
    onDrawn(tracks);
  }

  sheet.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    sheet.setPointerCapture(event.pointerId);
    corners = [];
    add(event);
    event.preventDefault();
  });
  sheet.addEventListener("pointermove", (event) => { if (corners) for (const each of event.getCoalescedEvents?.() ?? [event]) add(each); });
  sheet.addEventListener("pointerup", finish);
  sheet.addEventListener("pointercancel", () => on(false));
  pencil.addEventListener("click", () => on(sheet.hasAttribute("hidden")));
  return {
    get drawing() { return !sheet.hasAttribute("hidden"); },
    toggle() { on(sheet.hasAttribute("hidden")); },
    stop() { on(false); },
  };
}
