// Joins the parts: mouse, fingers, keys and the window.

async function open() {
  const wait = document.getElementById("wait"), map = document.getElementById("map"), place = document.getElementById("chart");
  const root = document.documentElement, prefersDark = matchMedia("(prefers-color-scheme: dark)");
  root.dataset.theme = prefersDark.matches ? "dark" : "light";
  if (typeof DecompressionStream === "undefined") {
    wait.textContent = "This browser is too old for the map: one from 2023 or later opens it.";
    return;
  }
  const library = await readLibrary();
  const chart = makeChart(place, library), pick = makePicker(library.x, library.y);
  const tip = document.getElementById("tip");
  document.getElementById("counts").textContent = plural(library.count, "track");

  const card = makeCard(library, choose);
  const playlists = makePlaylists(library);
  const legend = makeLegend(library, chart, playlists, () => { tip.hidden = true; });
  const search = makeSearch(library, chart, playlists, (track) => {
    choose(track);
    map.focus({ preventScroll: true }); // so that Space plays, and a phone puts its keyboard away
  });

  const lasso = makeLasso(library, chart, place, (tracks) => {
    search.list(tracks);
    map.focus({ preventScroll: true });
  });

  function choose(track) {
    legend.reveal(track);
    chart.choose(track, card.show(track));
    chart.reveal(track);
  }
  function letGo() {
    card.hide();
    chart.choose(-1, []);
  }

  legend.show(library.colourBy in library.colourings ? library.colourBy : Object.keys(library.colourings)[0]);
  await chart.show();
  wait.hidden = true;

  // Mouse and fingers.
  let pending = null, touched = false, strayed = false, down = [0, 0];
  map.addEventListener("pointerdown", (event) => {
    touched = event.pointerType === "touch";
    tip.hidden = true;
    down = [event.clientX, event.clientY];
  }, true);
  map.addEventListener("pointerup", (event) => { strayed = Math.hypot(event.clientX - down[0], event.clientY - down[1]) > 12; }, true);
  function hover() {
    const event = pending;
    pending = null;
    if (!event) return;
    const track = pick(event.x, event.y, 10 * chart.unit(), chart.allowed);
    tip.hidden = track < 0;
    place.style.cursor = track < 0 ? "" : "pointer";
    if (track < 0) return;
    tip.firstElementChild.textContent = library.title(track);
    tip.lastElementChild.textContent = library.artist(track);
    tip.lastElementChild.hidden = !library.artist(track);
    const left = event.sx + 14 + tip.offsetWidth > map.clientWidth ? event.sx - 14 - tip.offsetWidth : event.sx + 14;
    const top = Math.min(event.sy + 14, map.clientHeight - tip.offsetHeight - 6);
    tip.style.transform = `translate(${Math.max(4, left)}px, ${top}px)`;
  }
  chart.figure.on_event("mousemove", (event) => {
    if (touched) return;
    if (!pending) requestAnimationFrame(hover);
    pending = event;
  });
  chart.figure.on_event("mouseleave", () => { pending = null; tip.hidden = true; });
  function press(event) {
    if (strayed) return;
    const track = pick(event.x, event.y, (touched ? 26 : 11) * chart.unit(), chart.allowed);
    if (track >= 0) choose(track); else letGo();
    map.focus({ preventScroll: true });
  }
  // A slow click is a press to Bokeh, and the second of two quick ones a double click.
  for (const kind of ["tap", "pressup", "doubletap"]) chart.figure.on_event(kind, press);
  let moving = 0;
  chart.figure.on_event("rangesupdate", () => { tip.hidden = true; clearTimeout(moving); moving = setTimeout(() => chart.moved(), 180); });

  for (const button of document.querySelectorAll("#zoom [data-zoom]")) {
    button.addEventListener("click", () => {
      if (button.dataset.zoom === "all") chart.fit(); else chart.zoom(button.dataset.zoom === "in" ? 1.6 : 1 / 1.6);
    });
  }
  document.getElementById("close").addEventListener("click", letGo);

  // Keys.
  const keys = {
    "/": () => search.focus(),
    Escape: () => {
      if (lasso.drawing) lasso.stop(); else if (card.track >= 0) letGo(); else if (search.any) search.clear();
    },
    l: () => lasso.toggle(),
    " ": () => card.toggle(),
    "+": () => chart.zoom(1.4), "=": () => chart.zoom(1.4), "-": () => chart.zoom(1 / 1.4), 0: () => chart.fit(),
  };
  const keysOfMap = {
    ArrowLeft: () => chart.pan(-0.15, 0), ArrowRight: () => chart.pan(0.15, 0),
    ArrowUp: () => chart.pan(0, 0.15), ArrowDown: () => chart.pan(0, -0.15),
    Enter: () => {
      const track = pick(...chart.middle(), SPAN * 2, chart.allowed);
      if (track >= 0) choose(track);
    },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, audio")) return;
    if (event.target.closest("button, summary") && (event.key === " " || event.key === "Enter")) return;
    const action = keys[event.key] || (event.target === map || event.target === document.body ? keysOfMap[event.key] : null);
    if (!action) return;
    event.preventDefault();
    action();
  });

  // The window and its light.
  let scale = chart.unit(), wide = place.clientWidth, tall = place.clientHeight;
  new ResizeObserver(() => {
    if (place.clientWidth === wide && place.clientHeight === tall) return;
    scale = chart.unit() * (place.clientWidth / wide);
    [wide, tall] = [place.clientWidth, place.clientHeight];
    chart.resized(scale);
  }).observe(place);
  function light(theme) {
    root.dataset.theme = theme;
    chart.theme();
  }
  prefersDark.addEventListener("change", () => light(prefersDark.matches ? "dark" : "light"));
  document.getElementById("theme").addEventListener("click", () => light(root.dataset.theme === "dark" ? "light" : "dark"));
  root.dataset.ready = "true";
}

open().catch((error) => {
  const wait = document.getElementById("wait");
  wait.hidden = false;
  wait.textContent = `The map cannot be shown: ${error.message || error}`;
});
