/// The bounds of a request's body, in bytes.
struct RequestBodyLimit: Sendable {
  /// A larger body is 413.
  let maximum: Int
  /// A body up to this size is read completely before a service is called, so that the call can be retried.
  let buffered = 16 * 1024
}
