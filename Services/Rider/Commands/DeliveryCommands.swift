/// The use cases of deliveries: riders accept and carry them out, the checkout saga cancels them.
struct DeliveryCommands: Sendable {
  let accept: AcceptDelivery
  let decline: DeclineDelivery
  let pickUp: PickUpDelivery
  let complete: CompleteDelivery
  let cancel: CancelDelivery

  init(store: any DeliveryStore, pool: RiderPool, dispatcher: Dispatcher, metrics: DispatchMetrics) {
    accept = AcceptDelivery(store: store, pool: pool, metrics: metrics)
    decline = DeclineDelivery(store: store, pool: pool, dispatcher: dispatcher, metrics: metrics)
    pickUp = PickUpDelivery(store: store)
    complete = CompleteDelivery(store: store, pool: pool, dispatcher: dispatcher)
    cancel = CancelDelivery(store: store, pool: pool, dispatcher: dispatcher, metrics: metrics)
  }
}
