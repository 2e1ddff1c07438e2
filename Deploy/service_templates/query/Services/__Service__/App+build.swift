import Contracts
import Projections
import ServiceDefaults
import Web

/// The one place that puts the service together.
func build__Service__(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try QueryService(environment)
  let readModel = __Aggregate__ReadModel(redis: service.cache)
  let __aggregates__ = service.project(
    "__aggregate__", of: "__source__", at: "/__paths__", into: readModel,
    marker: ReadModelKeys.rebuildMarker(service.cache))
  service.health.add(.built("read model", __aggregates__))
  return try service.application(
    __service__Router(readModel: readModel, health: service.health, authenticator: environment.verifier))
}
