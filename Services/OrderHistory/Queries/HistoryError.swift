/// Why a query has no result.
enum HistoryError: Error {
  /// There is no such order, or the viewer may not see it.
  case unknownOrder
  /// The viewer may not see this customer's orders.
  case unknownCustomer
  /// The shop belongs to another owner.
  case unknownShop
  /// The read model is not complete, so missing data does not mean that there is none.
  case notBuilt
  /// The order may be too recent to be known here, and its owner can't be queried.
  case ownerUnavailable
}
