/// The names of the streams of the `events` Redis.
public enum StreamNames {
  /// Where a service publishes: `events:shop`.
  public static func events(of service: String) -> String { "events:\(service)" }
  /// Where a group's dead letters are kept: `events:dead:shop-listing`.
  public static func deadLetters(of group: String) -> String { "events:dead:\(group)" }
  /// Entries that an operator redrove to one group only: `events:retry:shop-listing`.
  public static func retries(of group: String) -> String { "events:retry:\(group)" }
  /// The watermark of each relay of a service (a hash, relay → batch): `relay:shop`.
  static func relayMarks(of service: String) -> String { "relay:\(service)" }
}
