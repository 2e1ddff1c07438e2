import Contracts

/// Whether a rider takes deliveries.
enum RiderStatus: String, CaseIterable, Codable, Sendable {
  case online, offline
}

/// What a rider is on his way with.
enum Vehicle: String, CaseIterable, Codable, Sendable {
  case bicycle, motorcycle, car
}

/// Somebody who wants to deliver; his id is the one that he signs in with.
struct NewRider: Sendable {
  let id: Identifier
  let name: String
  let vehicle: Vehicle
}

/// Where a rider was, and when he said so.
struct RiderPosition: Hashable, Sendable {
  let rider: Identifier
  let location: Location
  let recordedAt: Timestamp
}

/// A rider who is online, as the database knows him.
struct OnlineRider: Hashable, Sendable {
  let id: Identifier
  let position: RiderPosition?
  /// He has a delivery under way, or an open offer.
  let isBusy: Bool
}
