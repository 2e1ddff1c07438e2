import HTTPTypes
import Hummingbird
import NIOCore
import Redis
import Web

/// The reads that don't take the fast path, with the same parsing and the same responses.
struct ListingRoutes {
  let redis: RedisClient
  let eventLoopGroup: any EventLoopGroup

  func add(to router: Router<ServiceRequestContext>) {
    router.get("listings") { request, _ in
      try await respond(to: request, .list(try ListingQuery(request.query())))
    }
    router.get("listings/:id") { request, context in
      let id = try context.identifier()
      try request.query().allow()
      return try await respond(to: request, .shop(id))
    }
    router.get("search") { request, _ in
      try await respond(to: request, .search(try SearchQuery(request.query())))
    }
  }

  private func respond(to request: Request, _ read: ReadRequest) async throws -> Response {
    let connection = redis.connection(on: eventLoopGroup.any())
    let ifNoneMatch = request.headers[values: .ifNoneMatch].joined(separator: ", ")
    let response = try await connection.eventLoop.flatSubmit { ReadModelReader(redis: connection).response(to: read) }.get()
      .conditional(on: ifNoneMatch)
    return Response(status: response.status, headers: response.headers, body: ResponseBody(byteBuffer: response.body))
  }
}
