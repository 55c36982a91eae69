// The legend: which colour is what, and a filter. A click hides a group or brings it back, a double click isolates it.

function makeLegend(library, chart, onFilter) {
  const list = document.getElementById("groups"), modes = document.getElementById("modes");
  const everything = document.getElementById("everything");
  const labels = { cluster: "Group", genre: "Genre" };
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
      const button = element("button"), dot = element("i");
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
    list.replaceChildren(...buttons.map((button) => {
      const item = element("li");
      item.append(button);
      return item;
    }));
    chart.colour(groups, library.groupOf(mode));
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
