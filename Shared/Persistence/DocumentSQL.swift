/// Parts of the documents that the database writes, as SQL expressions: what all services write in the same way.
public enum DocumentSQL {
  /// A moment as RFC 3339 with milliseconds, UTC; as `Contracts.Timestamp` reads it.
  public static func time(_ moment: String) -> String {
    #"to_char(\#(moment) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#
  }

  /// Whole won, in the shape of `Contracts.Money`.
  public static func money(_ amount: String) -> String {
    "json_build_object('amount', \(amount), 'currency', 'KRW')"
  }
}
