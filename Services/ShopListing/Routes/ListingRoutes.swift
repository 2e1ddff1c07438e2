import HTTPTypes
import Hummingbird
import NIOCore
import Redis
import Web

/// The reads, for whatever the fast path leaves to the framework: the same parsing, the same answers.
struct ListingRoutes {
  let redis: RedisClient
  let eventLoopGroup: any EventLoopGroup

  func add(to router: Router<ServiceRequestContext>) {
    router.get("listings") { request, _ in
      try await answer(.list(try ListingQuery(request.query())), to: request)
    }
    router.get("listings/:id") { request, context in
      let id = try context.identifier()
      try request.query().allow()
      return try await answer(.shop(id), to: request)
    }
    router.get("search") { request, _ in
      try await answer(.search(try SearchQuery(request.query())), to: request)
    }
  }

  private func answer(_ read: ReadRequest, to request: Request) async throws -> Response {
    let connection = redis.connection(on: eventLoopGroup.any())
    let ifNoneMatch = request.headers[values: .ifNoneMatch].joined(separator: ", ")
    let answer = try await connection.eventLoop.flatSubmit { ReadModelReader(redis: connection).answer(read) }.get()
      .conditional(on: ifNoneMatch)
    return Response(status: answer.status, headers: answer.headers, body: ResponseBody(byteBuffer: answer.body))
  }
}
