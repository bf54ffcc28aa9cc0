// Numbers as a reader wants them: true minus signs, few digits, small counts as words.

const COUNT_WORDS = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

export function countWord(count) {
  return count < COUNT_WORDS.length ? COUNT_WORDS[count] : String(count);
}

export function plural(count, noun, nouns) {
  return `${count} ${count === 1 ? noun : (nouns || noun + "s")}`;
}

export function decimals(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? "−" + text : text;
}

export function signed(value, digits) {
  const text = decimals(value, digits);
  return value > 0 && Number(text) !== 0 ? "+" + text : text;
}

// At most three significant digits, without an exponent for the sizes that occur here.
export function brief(value) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return String(value);
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -4) return decimals(value / 10 ** size, 0) + "·10⁻" + superscript(String(-size));
  const text = Math.abs(value).toFixed(Math.max(0, 2 - size));
  return (value < 0 ? "−" : "") + (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
}

export function timeText(time) {
  if (time === 0) return "0";
  if (time < 0.1) return brief(Number(time.toPrecision(1)));
  return time < 10 ? time.toFixed(1) : Math.round(time).toLocaleString("en").replace(/,/g, "\u202f");
}

export function listed(items) {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
}

export function upperFirst(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function superscript(digits) {
  return Array.from(digits, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");
}
