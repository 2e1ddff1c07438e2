public import Auth
import HTTPTypes
public import Hummingbird
import NIOCore
public import Telemetry

extension Router where Context == ServiceRequestContext {
  /// A router with what every service answers: `/livez`, `/readyz`, `/metrics`, `/openapi.yaml`; HEAD wherever GET is; and the principal
  /// known to every route that is added.
  /// - Parameters:
  ///   - openAPI: the bytes of the service's `openapi.yaml`.
  ///   - authenticator: verifies bearer tokens; with `nil` nobody is known, and `Authorization` is the routes' own matter.
  ///   - open: adds the routes that answer anybody and look at no token, not even at a wrong one. Middleware that it adds stands before
  ///     everything but `/livez` and `/readyz`.
  public static func service(
    health: Health, openAPI: [UInt8], authenticator: TokenVerifier?, registry: PrometheusRegistry = .shared,
    open: (Router<ServiceRequestContext>) -> Void = { _ in }
  ) -> Router<ServiceRequestContext> {
    let router = Router(context: ServiceRequestContext.self, options: [.autoGenerateHeadEndpoints])
    router.get("livez") { _, _ in
      Response.json(bytes: ByteBuffer(string: #"{"status":"alive"}"#), headers: [.cacheControl: "no-store"])
    }
    router.get("readyz") { _, _ in
      await health.readiness()
    }
    open(router)
    router.get("metrics") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: registry.render())))
    }
    let document = ByteBuffer(bytes: openAPI)
    router.get("openapi.yaml") { _, _ in
      Response(status: .ok, headers: [.contentType: "application/yaml"], body: ResponseBody(byteBuffer: document))
    }
    // Routes get the middleware that was there before them: those above answer anybody.
    if let authenticator { router.add(middleware: PrincipalMiddleware(authenticator)) }
    return router
  }
}
