import Contracts

/// Whether a rider gets offers.
enum RiderStatus: String, CaseIterable, Codable, Sendable {
  case online, offline
}

enum Vehicle: String, CaseIterable, Codable, Sendable {
  case bicycle, motorcycle, car
}

/// A rider before registration; the id is that of the account.
struct NewRider: Sendable {
  let id: Identifier
  let name: String
  let vehicle: Vehicle
}

/// A reported position of a rider.
struct RiderPosition: Hashable, Sendable {
  let rider: Identifier
  let location: Location
  let recordedAt: Timestamp
}

/// An online rider as stored in the database.
struct OnlineRider: Hashable, Sendable {
  let id: Identifier
  let position: RiderPosition?
  /// The rider has an active delivery or an open offer.
  let isBusy: Bool
}
