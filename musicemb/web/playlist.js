// Playlist files, entry for entry as `musicemb playlist` prints them: paths as they are on disk, byte for byte.

function makePlaylists(library) {
  const encoder = new TextEncoder(), plain = new TextDecoder();

  // The bytes of a path from its address.
  function path(address) {
    const local = /^file:\/\/\/[A-Za-z]:/u.test(address), drive = local || !address.startsWith("file:///");
    const text = local ? address.slice(8) : drive ? address.slice(5) : address.slice(7);
    const bytes = [];
    for (let at = 0; at < text.length; at++) {
      if (text[at] === "%") { bytes.push(parseInt(text.slice(at + 1, at + 3), 16)); at += 2; } else bytes.push(text.charCodeAt(at));
    }
    return Uint8Array.from(bytes, (byte) => (drive && byte === 47 ? 92 : byte));
  }

  function entry(address) {
    if (!address.startsWith("file:")) return encoder.encode(new URL(address, location.href).href); // of a server
    const bytes = path(address);
    // A line cannot hold a line break, and players cut off the space at its end: they take an address in its place.
    if (bytes.includes(10) || bytes.includes(13) || /[\s\x1c-\x1f\x85]$/u.test(plain.decode(bytes))) return encoder.encode(address);
    return bytes;
  }

  function line(track) {
    const title = library.title(track), artist = library.artist(track);
    const name = artist && library.titled(track) ? `${artist} - ${title}` : title;
    const text = name.replace(/\p{Cs}/gu, "\ufffd").replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
    return text.split(/\p{Zs}+/u).filter(Boolean).join(" ");
  }

  function parts(tracks) {
    const made = [encoder.encode("#EXTM3U\n")];
    for (const track of tracks) {
      made.push(encoder.encode(`#EXTINF:${library.seconds(track) || -1},${line(track)}\n`), entry(library.address(track)), encoder.encode("\n"));
    }
    return made;
  }

  return {
    // From each track to the nearest that is left, so that what follows is like what was.
    walk(tracks) {
      if (tracks.length < 3 || tracks.length > 4000) return tracks.slice();
      const { x, y } = library, left = tracks.slice(), order = [];
      let at = left.reduce((best, _, place) => (x[left[place]] < x[left[best]] ? place : best), 0);
      while (left.length) {
        const track = left[at];
        order.push(track);
        left[at] = left[left.length - 1];
        left.pop();
        let least = Infinity;
        for (let place = 0; place < left.length; place++) {
          const distance = (x[left[place]] - x[track]) ** 2 + (y[left[place]] - y[track]) ** 2;
          if (distance < least) { least = distance; at = place; }
        }
      }
      return order;
    },
    save(name, tracks) {
      const link = document.createElement("a");
      const plainName = name.replace(/[^\p{L}\p{M}\p{N} ._-]+/gu, "_").replace(/^[.\s]+|[.\s]+$/gu, "");
      link.download = `${[...plainName].slice(0, 60).join("") || "playlist"}.m3u8`;
      link.href = URL.createObjectURL(new Blob(parts(tracks), { type: "audio/x-mpegurl" }));
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    },
  };
}
