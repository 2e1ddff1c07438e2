import Auth
import Contracts
import HTTPTypes
import Hummingbird
import Web

/// Live tracking of an order by Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct TrackingRoutes {
  let findOrder: FindOrder
  let hub: TrackingHub

  func add(to router: Router<ServiceRequestContext>) {
    router.get("orders/:id/track", use: track)
  }

  private func track(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let viewer = Viewer(try context.requirePrincipal())
    let id = try context.identifier()
    try request.query().allow()
    let position = try request.lastEventID()
    // A task keeps the memory of its deepest call until it ends; the task of this request may run for as long as the stream is
    // open.
    let timeline = try await Task { OrderTimeline(try await findOrder.find(id, for: viewer)) }.value
    // 204 stops an EventSource from reconnecting.
    if let position, timeline.isComplete, timeline.entries(after: position).isEmpty { return Response(status: .noContent) }
    let stream = TrackingStream(hub: hub, order: id, position: position ?? PartVersions())
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: ResponseBody { [channel = context.channel] writer in
        try await stream.run(timeline, on: channel, into: &writer)
      })
  }
}

extension Request {
  /// The position of a reconnecting client.
  /// - Throws: 400 `invalid_header`.
  fileprivate func lastEventID() throws(Problem) -> PartVersions? {
    guard let text = headers[.lastEventID], !text.isEmpty else { return nil }
    guard let position = PartVersions(text) else {
      throw .badRequest("invalid_header", "Last-Event-ID must be the id of an event of this stream, such as 3.2.0")
    }
    return position
  }
}

extension HTTPField.Name {
  static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
