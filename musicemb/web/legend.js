// The legend: which colour is what, and a filter. A click hides a group or brings it back, a double click isolates it;
// the arrow beside it saves the group as a playlist.

function makeLegend(library, chart, playlists, onFilter) {
  const list = document.getElementById("groups"), modes = document.getElementById("modes");
  const everything = document.getElementById("everything");
  const labels = { cluster: "Group", genre: "Genre", mood: "Mood", voice: "Voice", energy: "Energy", tempo: "Tempo" };
  let hidden = new Set(), groups = [], buttons = [];

  function apply() {
    buttons.forEach((button, number) => button.setAttribute("aria-pressed", String(!hidden.has(number))));
    everything.hidden = hidden.size === 0;
    chart.filter(hidden);
    onFilter();
  }

  function show(mode) {
    groups = library.colourings[mode];
    hidden = new Set();
    for (const button of modes.children) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    buttons = groups.map(([name, size, shade], number) => {
      const button = element("button", "group"), dot = element("i");
      button.type = "button";
      button.title = name.slice(0, 200);
      dot.style.setProperty("--colour", shade);
      button.append(dot, element("span", "name", name), element("span", "size", size.toLocaleString("en")));
      button.addEventListener("click", (event) => {
        const others = groups.map((_, at) => at).filter((at) => at !== number);
        if (event.detail >= 2) hidden = new Set(others); // the second click of a double one
        else if (hidden.has(number)) hidden.delete(number);
        else hidden.add(number);
        apply();
      });
      return button;
    });
    const members = library.groupOf(mode);
    list.replaceChildren(...buttons.map((button, number) => {
      const item = element("li"), save = element("button", "save", "⤓"), name = groups[number][0];
      save.type = "button";
      save.title = save.ariaLabel = `Save ${name.slice(0, 60)} as a playlist`;
      save.addEventListener("click", () => {
        const tracks = [];
        for (let track = 0; track < library.count; track++) if (members[track] === number) tracks.push(track);
        playlists.save(name, playlists.walk(tracks));
      });
      item.append(button, save);
      return item;
    }));
    // Moods lie all over the map: names of clusters tell where one is.
    const own = mode === "cluster" || mode === "genre" || !library.colourings.cluster;
    chart.colour(groups, members, own ? null : [library.colourings.cluster, library.groupOf("cluster")]);
    everything.hidden = true;
    onFilter();
  }

  for (const mode of Object.keys(library.colourings)) {
    const button = element("button", "", labels[mode] || mode);
    button.type = "button";
    button.dataset.mode = mode;
    button.addEventListener("click", () => show(mode));
    modes.append(button);
  }
  everything.addEventListener("click", () => { hidden = new Set(); apply(); });

  return {
    show,
    // Something in a hidden group was asked for: its group comes back.
    reveal(track, mode = [...modes.children].find((b) => b.getAttribute("aria-pressed") === "true").dataset.mode) {
      const group = library.groupOf(mode)[track];
      if (hidden.delete(group)) apply();
    },
  };
}
