import Contracts

/// Why a command or a read of one shop was rejected.
enum ShopError: Error, Hashable {
  case unknownShop
  case unknownItem
  case deleted
  case notOwner
  case versionMismatch(current: Int64)
  case keyReused
  case menuFull
}

/// The part of a shop's state that commands are guarded by.
struct ShopState: Hashable, Sendable {
  let owner: Identifier
  let version: Int64
  let isDeleted: Bool
  let menuSize: Int
}

extension ShopError {
  /// Why a guarded statement changed nothing.
  /// - Parameters:
  ///   - state: the shop as it was read after the statement; `nil` if there is none.
  ///   - other: the reason if every guard that all commands share holds.
  init(rejecting target: ShopTarget, in state: ShopState?, otherwise other: ShopError?) {
    guard let state else { self = .unknownShop; return }
    self =
      if state.isDeleted {
        .deleted
      } else if state.owner != target.owner {
        .notOwner
      } else if let expected = target.expectedVersion, expected != state.version {
        .versionMismatch(current: state.version)
      } else {
        // No guard rejects it now: another writer changed the shop between the statement and the read.
        other ?? .versionMismatch(current: state.version)
      }
  }
}
