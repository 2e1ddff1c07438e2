import Concurrency
public import HummingbirdCore
public import Logging
public import NIOCore

/// A connection whose requests are handled on its own event loop.
///
/// Handlers must not block: they would delay every connection of the loop.
public struct EventLoopChannel<Base: ServerChildChannel>: ServerChildChannel {
  let base: Base

  public init(base: Base) {
    self.base = base
  }

  public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
    base.setup(channel: channel, logger: logger)
  }

  public func handle(value: Base.Value, logger: Logger) async {
    await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
      await base.handle(value: value, logger: logger)
    }
  }
}
