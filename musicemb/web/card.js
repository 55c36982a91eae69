// The chosen track: what it is, how it sounds, and what sounds most like it.

function makeCard(library, choose) {
  const card = document.getElementById("card"), audio = card.querySelector("audio");
  const trouble = document.getElementById("trouble"), near = document.getElementById("near");
  const heading = card.querySelector("h2"), facts = card.querySelector("dl");
  let shownTrack = -1;

  function complain() {
    if (shownTrack < 0 || !audio.hasAttribute("src")) return;
    const kind = /\.([a-z0-9]{1,5})$/iu.exec(library.address(shownTrack));
    trouble.textContent = library.served
      ? `The server cannot send it any more, or this browser does not know ${kind ? `${kind[1].toUpperCase()} files` : "its format"}.`
      : location.protocol === "file:"
      ? `This browser cannot play it: the file has moved, or it does not know ${kind ? `${kind[1].toUpperCase()} files` : "its format"}.`
      : "A page that comes from a server may not play files of this machine: open the page from disk.";
    trouble.hidden = false;
  }
  audio.addEventListener("error", complain);

  function fact(name, value) {
    if (value) facts.append(element("dt", "", name), element("dd", "", value));
  }

  function path(address) {
    const text = address.replace(/^file:\/\//u, "").replace(/^\/(?=[A-Za-z]:)/u, "");
    try { return decodeURIComponent(text); } catch { return text; } // bytes that are no text stay as they are
  }

  return {
    get track() { return shownTrack; },
    hide() {
      audio.pause();
      audio.removeAttribute("src");
      shownTrack = -1;
      card.hidden = true;
    },
    show(track) {
      const playing = !audio.paused;
      shownTrack = track;
      heading.textContent = library.title(track);
      document.getElementById("by").textContent = library.artist(track);
      facts.replaceChildren();
      fact("Album", library.album(track));
      const genre = library.genre(track);
      fact("Genre", genre.startsWith("~") ? `${genre.slice(1)} (a guess)` : genre);
      for (const [mode, groups] of Object.entries(library.colourings)) {
        if (mode === "cluster") fact("Group", groups[library.groupOf(mode)[track]][0]);
      }
      fact("Sound", library.sound(track));
      fact("Length", library.seconds(track) ? clock(library.seconds(track)) : "");
      fact("File", path(library.address(track)));
      trouble.hidden = true;
      audio.src = library.playable(track);
      if (playing) audio.play().catch(() => {});
      const others = library.nearest(track);
      near.replaceChildren(...others.map(({ track: other, like }) => {
        const item = element("li"), button = element("button");
        button.type = "button";
        button.append(element("span", "name", library.title(other)), element("span", "of", library.artist(other) || "\u00a0"));
        button.append(element("span", "like", like.toFixed(2)));
        button.addEventListener("click", () => choose(other));
        item.append(button);
        return item;
      }));
      near.previousElementSibling.hidden = !others.length;
      card.hidden = false;
      if (matchMedia("(max-width: 760px)").matches) card.scrollIntoView({ block: "start" });
      return others.map(({ track: other }) => other);
    },
    toggle() {
      if (shownTrack < 0) return;
      if (audio.paused) audio.play().catch(() => {}); else audio.pause();
    },
  };
}
