// The first page (search as you type, the groups) and the page of a group. Both follow the library while it changes.
"use strict";

const POLL = 15000;
const PAGE = 100;
const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
let version = 0;

async function showGroups() {
  const { groups } = await ask("groups");
  document.querySelector("#groups ul").replaceChildren(...groups.map((group) => {
    const item = element("li"), link = element("a", "", group.name);
    link.href = `/groups/${group.group}`;
    item.append(link, element("span", "size", count(group.size, "track")));
    if (group.traits.length) item.append(element("span", "of", group.traits.join(", ")));
    return item;
  }));
  document.getElementById("groups").hidden = !groups.length;
}

let asked = 0;
async function search(text) {
  const mine = ++asked, words = text.trim();
  const byName = document.getElementById("by-name"), bySound = document.getElementById("by-sound");
  if (!words) {
    list(byName, []);
    list(bySound, []);
    complain("");
    return;
  }
  const [names, sounds] = await Promise.allSettled([ask("tracks", { q: words, count: 20 }), ask("find", { words, n: 10 })]);
  if (mine !== asked) return; // something else was typed since
  list(byName, names.status === "fulfilled" ? names.value.tracks.map((track) => row(track)) : []);
  list(bySound, sounds.status === "fulfilled" ? sounds.value.matches.map((match) => row(match, match.score.toFixed(2))) : []);
  const nothing = byName.hidden && bySound.hidden;
  complain(nothing ? (sounds.status === "rejected" ? sounds.reason.message : "Nothing found; fewer letters may find more.") : "");
}

async function showGroup(start) {
  const identity = location.pathname.split("/").pop();
  const group = await ask(`groups/${encodeURIComponent(identity)}`, { start, count: PAGE });
  document.title = group.name;
  document.getElementById("name").textContent = group.name;
  document.getElementById("state").textContent = count(group.total, "track");
  document.getElementById("traits").replaceChildren(...group.traits.map((trait) => element("li", "", trait)));
  const place = document.querySelector("#members ol"), rows = group.tracks.map((track) => row(track));
  if (start) place.append(...rows); else place.replaceChildren(...rows);
  const more = document.getElementById("more");
  more.hidden = place.childElementCount >= group.total;
  more.onclick = () => showGroup(place.childElementCount).catch((error) => complain(error.message));
  player.mark();
}

async function look() {
  try {
    const library = await ask("library");
    if (library.version !== version) {
      const index = document.body.dataset.page === "index";
      if (index) {
        document.getElementById("state").textContent = `${count(library.tracks, "track")}, ${count(library.groups, "group")}`;
        await showGroups();
      } else {
        await showGroup(0);
      }
      version = library.version;
    }
    if (library.trouble) complain(library.trouble);
  } catch (error) {
    complain(error instanceof TypeError ? "The server cannot be reached." : error.message);
  }
  document.documentElement.dataset.ready = "true";
}

const field = document.getElementById("search");
if (field) {
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => search(field.value), 120);
  });
}
look();
setInterval(look, POLL);
