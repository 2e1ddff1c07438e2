/// The use cases of riders.
struct RiderCommands: Sendable {
  let register: RegisterRider
  let changeStatus: ChangeRiderStatus
  let move: MoveRider

  init(store: any RiderStore, pool: RiderPool, dispatcher: Dispatcher, metrics: DispatchMetrics) {
    register = RegisterRider(store: store, pool: pool)
    changeStatus = ChangeRiderStatus(store: store, pool: pool, dispatcher: dispatcher, metrics: metrics)
    move = MoveRider(store: store, pool: pool)
  }
}
