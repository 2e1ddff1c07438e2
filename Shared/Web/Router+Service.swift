public import Auth
import HTTPTypes
public import Hummingbird
import NIOCore
public import Telemetry

extension Router where Context == ServiceRequestContext {
  /// A router with the endpoints of every service: `/livez`, `/readyz`, `/metrics`, `/openapi.yaml`; HEAD for every GET; and the
  /// caller's principal for all routes that are added to it.
  /// - Parameters:
  ///   - openAPI: the bytes of the service's `openapi.yaml`; what is served is the whole ``OpenAPIDocument``.
  ///   - authenticator: verifies bearer tokens; with `nil` no caller is authenticated, and `Authorization` is left to the routes.
  ///   - open: adds public routes, for which no token is verified. Middleware that it adds applies to everything but `/livez` and
  ///     `/readyz`.
  /// - Throws: if the OpenAPI document can't be joined.
  public static func service(
    health: Health, openAPI: [UInt8], authenticator: TokenVerifier?, registry: PrometheusRegistry = .shared,
    open: (Router<ServiceRequestContext>) -> Void = { _ in }
  ) throws(OpenAPIError) -> Router<ServiceRequestContext> {
    let document = ByteBuffer(string: try OpenAPIDocument(own: openAPI).text)
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
    router.get("openapi.yaml") { _, _ in
      Response(status: .ok, headers: [.contentType: "application/yaml"], body: ResponseBody(byteBuffer: document))
    }
    // Middleware applies to the routes that are added after it: those above are public.
    if let authenticator { router.add(middleware: PrincipalMiddleware(authenticator)) }
    return router
  }
}
