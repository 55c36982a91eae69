// Search as you type: every word must occur in artist, title, album or genre.

const SHOWN_HITS = 40;

function makeSearch(library, chart, choose) {
  const input = document.getElementById("search"), list = document.getElementById("hits");
  const found = document.getElementById("found");
  let texts = null, current = -1, shown = [];

  function prepare() {
    if (texts) return;
    texts = new Array(library.count);
    for (let track = 0; track < library.count; track++) {
      texts[track] = fold(`${library.artist(track)}\n${library.title(track)}\n${library.album(track)}\n${library.genre(track)}`);
    }
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    current = -1;
  }

  function point(place) {
    current = place;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === place)));
    if (place < 0) { input.removeAttribute("aria-activedescendant"); return; }
    list.children[place].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", list.children[place].id);
  }

  function take(place) {
    if (place < 0 || place >= shown.length) return;
    const track = shown[place];
    close();
    choose(track);
  }

  function search() {
    prepare();
    const words = fold(input.value).split(/\s+/u).filter(Boolean);
    const hits = [];
    if (words.length) {
      for (let track = 0; track < library.count; track++) {
        const text = texts[track];
        if (words.every((word) => text.includes(word))) hits.push(track);
      }
    }
    chart.highlight(words.length ? hits : null);
    shown = hits.slice(0, SHOWN_HITS);
    list.replaceChildren(...shown.map((track, place) => {
      const item = element("li");
      item.id = `hit-${place}`;
      item.setAttribute("role", "option");
      item.append(element("span", "name", library.title(track)));
      const of = [library.artist(track), library.album(track)].filter(Boolean).join(" · ");
      if (of) item.append(element("span", "of", of));
      item.addEventListener("click", () => take(place));
      return item;
    }));
    found.textContent = words.length ? (hits.length ? plural(hits.length, "track") : "Nothing found; fewer letters may find more") : "";
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    point(shown.length ? 0 : -1);
  }

  let waiting = 0;
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, library.count > 5000 ? 90 : 0); });
  input.addEventListener("focus", () => { prepare(); if (shown.length && input.value) { list.hidden = false; input.setAttribute("aria-expanded", "true"); } });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!shown.length) return;
      list.hidden = false;
      point((current + (event.key === "ArrowDown" ? 1 : shown.length - 1) + shown.length) % shown.length);
    } else if (event.key === "Enter") {
      clearTimeout(waiting);
      search();
      take(Math.max(current, 0));
    } else if (event.key === "Escape") {
      input.value = "";
      search();
      close();
      input.blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return { focus() { input.focus(); input.select(); } };
}
