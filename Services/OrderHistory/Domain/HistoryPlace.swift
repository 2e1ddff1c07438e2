import Contracts

/// An order's place in the lists of its customer and its shop: the youngest stands first.
struct HistoryPlace: Hashable, Sendable {
  let placedAt: Timestamp
  let order: Identifier
}
