// Random numbers with an address: the same seed and purpose give the same numbers in every browser.
// The generator is sfc32 (Chris Doty-Humphrey, PractRand), seeded through a hash of the address.

/** Return a generator {uniform, normal, sign} at one address; uniform is in [0, 1) with 53 bits. */
export function generator(seed, purpose) {
  let [a, b, c, d] = hashWords(`${seed}/${purpose}`);
  const bits = () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return sum >>> 0;
  };
  for (let warm = 0; warm < 16; warm += 1) bits();
  const uniform = () => ((bits() >>> 5) * 67108864 + (bits() >>> 6)) / 9007199254740992;
  let spare = null;
  const normal = () => {  // Marsaglia's polar method: two at a time
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    let x, y, square;
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt(-2 * Math.log(square) / square);
    spare = y * factor;
    return x * factor;
  };
  return {uniform, normal, sign: () => (bits() & 1 ? 1 : -1), bits};
}

/** Four 32-bit words from a text: FNV-1a from four offsets, finished as MurmurHash3 does. */
function hashWords(text) {
  return [0x811c9dc5, 0x9747b28c, 0x3c6ef372, 0xdaa66d2b].map((offset) => {
    let word = offset;
    for (let at = 0; at < text.length; at += 1) word = Math.imul(word ^ text.charCodeAt(at), 0x01000193);
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return word ^ (word >>> 16);
  });
}
