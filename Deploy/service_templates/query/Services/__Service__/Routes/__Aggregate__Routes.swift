import Auth
import Contracts
import Hummingbird
import Web

/// `/__paths__/{id}`: the __words__ as the read model has it. For operators and services, until the service decides who else may see which.
struct __Aggregate__Routes {
  let readModel: __Aggregate__ReadModel

  func add(to router: Router<ServiceRequestContext>) {
    router.get("__paths__/:id", use: read)
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator, .service)
    let id = try context.identifier("id")
    switch try await readModel.read(id) {
    case .live(let version, let json):
      return .document(Document(id: id, version: version, json: json), for: request)
    case .deleted: throw Problem.gone("the __words__ was deleted")
    case nil: throw Problem.notFound("__code___not_found", "there is no such __words__")
    }
  }
}
