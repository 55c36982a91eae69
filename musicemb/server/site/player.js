// Rows of tracks with a play button each, and the one player that they share. Text of tags is only ever textContent.
"use strict";

function element(kind, name, text) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function complain(text) {
  const place = document.getElementById("trouble");
  place.textContent = text;
  place.hidden = !text;
}

async function ask(path, parameters) {
  const query = new URLSearchParams(parameters).toString();
  const answer = await fetch(`/v1/${path}${query ? `?${query}` : ""}`);
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error || `status ${answer.status}`);
  return found;
}

const nameOf = (track) => track.title || track.path.split(/[\\/]/u).pop();

const player = {
  box: document.getElementById("player"),
  audio: document.querySelector("#player audio"),
  track: null,
  play(track) {
    if (this.track && this.track.id === track.id) {
      if (this.audio.paused) this.audio.play().catch(() => {}); else this.audio.pause();
      return;
    }
    this.track = track;
    this.box.hidden = false;
    document.getElementById("playing").textContent = [track.artist, nameOf(track)].filter(Boolean).join(" – ");
    complain("");
    this.audio.src = `/v1/tracks/${track.id}/audio`;
    this.audio.play().catch(() => {});
    this.mark();
  },
  mark() {
    for (const button of document.querySelectorAll("button.play")) {
      const own = this.track && button.dataset.track === String(this.track.id);
      const plays = own && !this.audio.paused;
      button.setAttribute("aria-pressed", String(Boolean(own)));
      button.textContent = plays ? "❚❚" : "▶";
    }
  },
};
for (const event of ["play", "pause", "ended"]) player.audio.addEventListener(event, () => player.mark());
player.audio.addEventListener("error", () => {
  if (player.track) complain("This browser cannot play the track: its file is gone, or of a format that it does not know.");
});

function row(track, detail) {
  const item = element("li"), play = element("button", "play", "▶"), text = element("div"), like = element("button", "like", "Similar");
  play.type = like.type = "button";
  play.dataset.track = String(track.id);
  play.ariaLabel = `Play ${nameOf(track)}`;
  play.addEventListener("click", () => player.play(track));
  like.ariaLabel = `Tracks like ${nameOf(track)}`;
  like.addEventListener("click", () => showAlike(track));
  text.append(element("span", "name", nameOf(track)));
  const of = [track.artist, track.album, detail].filter(Boolean).join(" · ");
  if (of) text.append(element("span", "of", of));
  item.append(play, text, like);
  return item;
}

function list(section, rows) {
  section.hidden = !rows.length;
  section.querySelector("ol").replaceChildren(...rows);
  player.mark();
}

async function showAlike(track) {
  const section = document.getElementById("alike");
  try {
    const found = await ask(`tracks/${track.id}/similar`, { n: 20 });
    section.querySelector("h2").textContent = `Sounds like ${nameOf(track)}`;
    list(section, found.matches.map((match) => row(match.track, match.closeness.toFixed(2))));
    section.scrollIntoView({ block: "start" });
    complain(found.matches.length ? "" : "No other track is in the library.");
  } catch (error) {
    complain(error.message);
  }
}
