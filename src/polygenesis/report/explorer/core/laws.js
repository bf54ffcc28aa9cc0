// How many neurons two features should share by chance (arXiv:2312.03096, C4; polygenesis.theory).

/** The law n²/4m; the slot model, n features in 2m signed slots, one a slot; and features thrown independently. */
export function laws(n, m) {
  return {
    law: (n * n) / (4 * m),
    slots: (n * (n - 1)) / (2 * (2 * m - 1)),
    occupancy: m * (1 - 2 * (1 - 1 / (2 * m)) ** n + (1 - 1 / m) ** n),
  };
}
