import Auth
import Contracts
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Web

/// Riders read and change only their own resource; services and operators read all.
struct RiderRoutes {
  let commands: RiderCommands
  let store: any RiderStore
  let polls: OfferPolls

  func add(to router: Router<ServiceRequestContext>) {
    router.group("riders")
      .post(use: register)
      .get(":id", use: read)
      .put(":id/status", use: changeStatus)
      .put(":id/location", use: move)
      .get(":id/offers", use: offers)
  }

  private func register(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal(.rider)
    let rider = try await request.json(RegisterRiderBody.self, context).validated(for: principal.id)
    return .created(try await commands.register(rider), in: "/riders")
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let id = try context.visibleRider()
    return .document(try await store.rider(id), for: request)
  }

  private func changeStatus(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let id = try context.ownRider()
    let status = try await request.json(RiderStatusBody.self, context).status
    let target = RiderTarget(id: id, expectedVersion: try request.ifMatch())
    return .document(try await commands.changeStatus(status, of: target))
  }

  private func move(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let id = try context.ownRider()
    let location = try await request.json(LocationBody.self, context).validated()
    try await commands.move(id, to: location)
    return Response(status: .noContent)
  }

  private func offers(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let id = try context.visibleRider()
    let query = try request.query()
    try query.allow("wait")
    let seconds = try query.integer("wait", in: 0...30) ?? 0
    return .offers(try await polls.offers(to: id, waiting: .seconds(seconds)))
  }
}

extension ServiceRequestContext {
  /// The rider in the path, who must be the caller; other riders are not found.
  fileprivate func ownRider() throws -> Identifier {
    let principal = try requirePrincipal(.rider)
    let id = try identifier("id")
    guard id == principal.id else { throw RiderError.unknownRider }
    return id
  }

  /// The rider in the path, whom services and operators may read, too.
  fileprivate func visibleRider() throws -> Identifier {
    let principal = try requirePrincipal(.rider, .service, .operator)
    let id = try identifier("id")
    guard principal.role != .rider || id == principal.id else { throw RiderError.unknownRider }
    return id
  }
}

extension Response {
  fileprivate static func offers(_ offers: [[UInt8]]) -> Response {
    var json = JSONText()
    json.beginObject()
    json.key("items")
    json.beginArray()
    for offer in offers { json.raw(offer) }
    json.endArray()
    json.endObject()
    return .json(bytes: json.buffer, headers: .uncached)
  }
}
