/// SQL expressions for parts of JSON documents that are the same in all services.
public enum DocumentSQL {
  /// A time as RFC 3339 with milliseconds in UTC, as `Contracts.Timestamp` reads it.
  public static func time(_ column: String) -> String {
    #"to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#
  }

  /// Whole won, in the format of `Contracts.Money`.
  public static func money(_ amount: String) -> String {
    "json_build_object('amount', \(amount), 'currency', 'KRW')"
  }
}
