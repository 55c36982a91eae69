// Search as you type: by names (every word occurs in artist, title, album or genre), and by what tracks sound like, in
// the words of `musicemb find`. The list also shows what a line was drawn around.

const SHOWN_HITS = 40;

function makeSearch(library, chart, playlists, choose) {
  const input = document.getElementById("search"), list = document.getElementById("hits");
  const found = document.getElementById("found"), save = document.getElementById("save");
  const query = makeQuery(library);
  let texts = null, current = -1, shown = [], options = [], kept = { name: "", tracks: [] };

  function prepare() {
    if (texts) return;
    texts = new Array(library.count);
    for (let track = 0; track < library.count; track++) {
      texts[track] = fold(`${library.artist(track)}\n${library.title(track)}\n${library.album(track)}\n${library.genre(track)}`);
    }
  }

  function expand(yes) {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
  }

  function close() {
    expand(false);
    point(-1);
  }

  function point(place) {
    current = place;
    options.forEach((item, at) => item.setAttribute("aria-selected", String(at === place)));
    if (place < 0) { input.removeAttribute("aria-activedescendant"); return; }
    options[place].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[place].id);
  }

  function take(place, stays) {
    if (place < 0 || place >= shown.length) return;
    if (stays) point(place); else close();
    choose(shown[place]);
  }

  // Lists of tracks, each with a heading ("" for none); `words` stand above all of them.
  function show(words, lists, keep) {
    kept = keep;
    shown = [];
    options = [];
    const rows = [];
    for (const [heading, tracks] of lists) {
      if (heading && tracks.length) {
        const row = element("li", "heading", heading);
        row.setAttribute("role", "presentation");
        rows.push(row);
      }
      for (const track of tracks) {
        const item = element("li", "hit"), place = shown.length;
        item.id = `hit-${place}`;
        item.setAttribute("role", "option");
        item.append(element("span", "name", library.title(track)));
        const of = [library.artist(track), library.album(track)].filter(Boolean).join(" · ");
        if (of) item.append(element("span", "of", of));
        item.addEventListener("click", () => take(place, matchMedia("(min-width: 761px)").matches));
        shown.push(track);
        options.push(item);
        rows.push(item);
      }
    }
    list.replaceChildren(...rows);
    list.scrollTop = 0;
    found.textContent = words;
    save.hidden = !kept.tracks.length;
    save.title = save.ariaLabel = `Save ${plural(kept.tracks.length, "track")} as a playlist`;
    expand(shown.length > 0);
    point(shown.length ? 0 : -1);
  }

  function clear() {
    input.value = "";
    chart.highlight(null);
    show("", [], { name: "", tracks: [] });
  }

  function byName(words) {
    const hits = [];
    for (let track = 0; track < library.count; track++) {
      const text = texts[track];
      if (words.every((word) => text.includes(word))) hits.push(track);
    }
    return hits;
  }

  function search() {
    prepare();
    const words = fold(input.value).split(/\s+/u).filter(Boolean);
    if (!words.length) { chart.highlight(null); show("", [], { name: "", tracks: [] }); return; }
    const hits = byName(words), asked = query ? query.ask(input.value) : { used: [], unheard: [], unknown: [], order: [], called: [] };
    const best = query ? query.best(asked, chart.allowed).slice(0, SHOWN_HITS) : [];
    const meant = asked.used.map(query ? query.say : String).join(", ");
    // Where all words are understood they lead; where one is not, they are more likely a name.
    const lead = best.length && (!asked.unknown.length || !hits.length);
    const missing = asked.unheard.map((each) => each.name), notes = [];
    if (lead && asked.unknown.length) notes.push(`not known: ${asked.unknown.slice(0, 8).join(", ")}`);
    if (lead && missing.length) notes.push(`nothing here can tell: ${missing.slice(0, 8).join(", ")}`);
    if (lead) {
      chart.highlight(best);
      const others = hits.slice(0, SHOWN_HITS / 2);
      show([`Sounds like ${meant}`, ...notes].join("; "), [["", best], ["In names and tags", others]], { name: meant, tracks: best });
      return;
    }
    chart.highlight(hits.length ? hits : null); // a search that finds nothing leaves the map as it is
    const nothing = missing.length ? `This library has no data on ${missing.join(", ")}` : "Nothing found; fewer letters may find more";
    const lists = [["", hits.slice(0, SHOWN_HITS)]];
    if (best.length) lists.push([`Sounds like ${meant}`, best.slice(0, SHOWN_HITS / 2)]);
    show(hits.length ? plural(hits.length, "track") : nothing, lists, { name: input.value, tracks: hits });
  }

  let waiting = 0;
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, library.count > 5000 ? 90 : 0); });
  input.addEventListener("focus", () => { prepare(); if (shown.length && input.value) expand(true); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!shown.length) return;
      expand(true);
      point((current + (event.key === "ArrowDown" ? 1 : shown.length - 1) + shown.length) % shown.length);
    } else if (event.key === "Enter") {
      clearTimeout(waiting);
      if (input.value || !shown.length) search();
      take(Math.max(current, 0), false);
    } else if (event.key === "Escape") {
      clear();
      input.blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  save.addEventListener("click", () => playlists.save(kept.name, kept.tracks));
  return {
    clear,
    get any() { return shown.length > 0; },
    focus() { input.focus(); input.select(); },
    // What a line was drawn around.
    list(tracks) {
      input.value = "";
      chart.highlight(tracks.length ? tracks : null);
      const words = tracks.length ? `${plural(tracks.length, "track")} in your line` : "There is no track in your line";
      show(words, [["", tracks.slice(0, SHOWN_HITS)]], { name: "Drawn on the map", tracks: playlists.walk(tracks) });
    },
  };
}
