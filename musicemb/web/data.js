// What the page was made with: unpacked, and read through functions so that no text is copied 50 000 times.

async function unpack(id) {
  const text = document.getElementById(id).textContent;
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

async function readLibrary() {
  const [text, blob] = await Promise.all([unpack("head"), unpack("blob")]);
  const head = JSON.parse(new TextDecoder().decode(text));
  const kinds = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array };
  const arrays = {};
  for (const [name, [start, length, size]] of Object.entries(head.arrays)) {
    arrays[name] = new kinds[size](blob, start, length);
  }
  const none = arrays.near.BYTES_PER_ELEMENT === 2 ? 0xffff : 0xffffffff;
  const word = (column) => (track) => head.words[column][arrays[column][track]];
  const artist = word("artist"), album = word("album"), genre = word("genre"), folder = word("folder");
  // A block of `rows` holds one number per track for each of its names.
  const rows = (name) => new Map((head.rows[name] || []).map((key, place) => [
    key, arrays[name].subarray(place * head.count, (place + 1) * head.count),
  ]));
  return {
    count: head.count,
    colourBy: head.colourBy,
    served: head.served !== null,
    colourings: head.colourings,
    x: Float32Array.from(arrays.x),
    y: Float32Array.from(arrays.y),
    title: (track) => head.title[track],
    titled: (track) => arrays.titled[track] === 1,
    artist, album, genre,
    sound: arrays.sound ? word("sound") : () => "",
    language: head.language,
    sounds: rows("sounds"),
    shares: rows("shares"),
    address: (track) => folder(track) + head.file[track],
    // What the browser plays: the file itself, or what the page's server sends of it.
    playable: (track) => (head.served ? `v1/tracks/${head.served[track]}/audio` : folder(track) + head.file[track]),
    seconds: (track) => arrays.seconds[track],
    groupOf: (mode) => arrays[`by-${mode}`],
    nearest(track) {
      const found = [];
      for (let place = track * head.nearest; place < (track + 1) * head.nearest; place++) {
        if (arrays.near[place] !== none) found.push({ track: arrays.near[place], like: arrays.like[place] / 255 });
      }
      return found;
    },
  };
}

// "Beyoncé" is found by "beyonce".
function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function clock(seconds) {
  const pad = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

function plural(count, word) {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}

// An element that holds text, and nothing but text.
function element(kind, name, text) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}
