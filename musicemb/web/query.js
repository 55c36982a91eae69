// Words of a search, read as `musicemb find` reads them: the longest phrase that its tables know, from left to right.
// The tables and what each track answers come with the page.

function makeQuery(library) {
  const { language, sounds, shares } = library;
  if (!language) return null;
  const table = (name) => new Map(Object.entries(language[name]));
  const tags = table("tags"), kinds = table("kinds"), opposites = table("opposites");
  const genres = table("genres"), spellings = table("spellings"), orders = table("orders");
  const [genresToo, excludes, also, separators, silent] = ["genres_too", "excludes", "also", "separators", "silent"]
    .map((name) => new Set(language[name]));

  // What is left of a word when spelling is taken away.
  function squeeze(text) {
    return text.normalize("NFKC").toLowerCase().replace(/ß/gu, "ss").replace(/[’´]/gu, "'")
      .replace(/\s*&\s*|\s*\+\s*|\b'?n'\s*|\s+'?n'?\s+/gu, " and ").replace(/[\s\p{P}\p{C}\p{Z}\p{Sm}\p{Sk}]/gu, "");
  }

  function split(text) {
    const folded = text.normalize("NFKC").toLowerCase().replace(/’/gu, "'").replace(/[−–]/gu, "-");
    return folded.replace(/[,;:.!?()[\]{}"|\n]/gu, " , ").split(/\s+/u).filter(Boolean);
  }

  function term(phrase) {
    const key = squeeze(phrase), known = genres.get(key) || "";
    let tag = tags.get(key) || "";
    if (!tag && known) { // what no track is called may be heard
      const heard = !shares.has(known) && sounds.has(known) ? known : "";
      return { words: phrase, name: spellings.get(known) || known, tag: heard, genre: heard ? "" : known, negated: false };
    }
    if (!tag && key.length > 4 && key.endsWith("s")) tag = tags.get(key.slice(0, -1)) || "";
    if (!tag) return null;
    const opposite = opposites.get(tag);
    if (opposite) return { words: phrase, name: opposite, tag: opposite, genre: "", negated: true };
    const genre = genresToo.has(tag) ? known || genres.get(squeeze(tag)) || "" : "";
    return { words: phrase, name: tag, tag, genre, negated: false };
  }

  function longest(words, at) {
    for (let length = Math.min(language.longest, words.length - at); length > 0; length--) {
      const chosen = words.slice(at, at + length), last = chosen[length - 1];
      if (chosen.includes(",") || chosen[0].startsWith("-")) continue;
      if (length === 1 && (silent.has(chosen[0]) || excludes.has(chosen[0]))) continue;
      if (length > 1 && (separators.has(chosen[0]) || separators.has(last) || chosen.some((word) => also.has(word)))) continue;
      const found = term(chosen.join(" "));
      if (found) return [found, length];
    }
    return null;
  }

  function parse(text) {
    const words = split(text), terms = new Map(), unknown = new Set();
    for (let at = 0, excluding = false; at < words.length;) {
      const found = longest(words, at);
      if (found) {
        const [meant, length] = found, key = `${meant.tag}\n${meant.genre}`;
        if (excluding) meant.negated = !meant.negated;
        if (!terms.has(key)) terms.set(key, meant);
        excluding = (excluding || excludes.has(words[at])) && at + length < words.length && also.has(words[at + length]);
        at += length;
        continue;
      }
      const word = words[at], parts = word.split(/[-/]/u).filter(Boolean);
      if (excludes.has(word)) excluding = true;
      else if (separators.has(word)) excluding = false;
      else if (word.startsWith("-") && parts.length) { words.splice(at, 1, "minus", ...parts); continue; }
      else if (parts.length > 1) { words.splice(at, 1, ...parts); continue; }
      else if (!silent.has(word) && !also.has(word) && squeeze(word)) { unknown.add(word); excluding = false; }
      at++;
    }
    return { terms: [...terms.values()], unknown: [...unknown] };
  }

  const rank = (heard, track) => 1 / (1 + Math.exp(-(heard[track] / 127.5 - 1) * language.span));

  // How well each track answers to a word, as if it were not excluded; null where nothing can tell.
  function answers({ tag, genre }) {
    const heard = sounds.get(tag), share = shares.get(genre);
    if (!heard && !share) return null;
    const least = language.least_share, found = new Float64Array(library.count);
    for (let track = 0; track < library.count; track++) {
      const sound = heard ? rank(heard, track) : 0;
      const called = share ? Math.min(1 - least, Math.max(least, share[track] / 255)) : 0;
      found[track] = Math.max(sound, called);
    }
    return found;
  }

  return {
    parse,
    // What the words mean here, and the tracks from the best on; their score is the mean of all words' logarithms.
    ask(text) {
      const { terms, unknown } = parse(text), used = [], unheard = [], called = [];
      const score = new Float64Array(library.count);
      for (const meant of terms) {
        const found = answers(meant);
        if (!found) { unheard.push(meant); continue; }
        used.push(meant);
        if (!meant.tag) called.push((track) => found[track] > 0.5 !== meant.negated);
        // What is guessed comes in the order of how much of it is heard; what is tagged stays as it is.
        const heard = meant.tag || meant.negated ? null : sounds.get(orders.get(meant.genre));
        for (let track = 0; track < library.count; track++) {
          const sure = !heard || found[track] >= 1 - language.least_share;
          score[track] += Math.log(meant.negated ? 1 - found[track] : sure ? found[track] : found[track] * rank(heard, track));
        }
      }
      const order = used.length ? Array.from(score.keys()).sort((a, b) => score[b] - score[a] || a - b) : [];
      return { used, unheard, unknown, order, called };
    },
    // Those worth showing: of a genre that is asked for what is likely to be of it, and by sound the best third.
    best({ used, order, called }, allowed) {
      const there = order.filter(allowed), likely = there.filter((track) => called.every((is) => is(track)));
      const left = likely.length ? likely : there;
      return used.length > called.length ? left.slice(0, Math.ceil(left.length / 3)) : left;
    },
    say: (meant) => (meant.negated ? `no ${meant.name}` : meant.name),
    kinds,
  };
}
