internal import Logging
internal import NIOCore
internal import NIOPosix

/// Opens connections that are ready for use: connected, authenticated, named, and to a server that has loaded its data.
struct RedisConnector: Sendable {
  let configuration: RedisConfiguration
  let metrics: RedisMetrics
  let logger: Logger

  func connect(on eventLoop: any EventLoop, heartbeat: Duration?) -> EventLoopFuture<RedisChannel> {
    let channel: RedisChannel
    do {
      channel = try RedisChannel(
        eventLoop: eventLoop, queueLimit: configuration.queueLimit, heartbeat: heartbeat.map(TimeAmount.init),
        metrics: metrics)
    } catch {
      return eventLoop.makeFailedFuture(error)
    }
    return ClientBootstrap(group: eventLoop)
      .connectTimeout(TimeAmount(configuration.connectTimeout))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelInitializer { raw in
        raw.eventLoop.makeCompletedFuture { try raw.pipeline.syncOperations.addHandler(channel) }
      }
      .connect(host: configuration.host, port: configuration.port)
      .flatMapErrorThrowing { error in
        throw RedisError(.unavailable, "no connection to \(address): \(error)")
      }
      .flatMap { _ in handshake(channel) }
  }

  private var address: String { "\(configuration.host):\(configuration.port)" }

  private func handshake(_ channel: RedisChannel) -> EventLoopFuture<RedisChannel> {
    var commands: [RedisCommand] = []
    if let password = configuration.password {
      var command = RedisCommand("AUTH")
      if let user = configuration.user { command.append(.string(user)) }
      command.append(.string(password))
      commands.append(command)
    }
    commands.append(RedisCommand("CLIENT", "SETNAME", .string(configuration.clientName)))
    // Returns LOADING while the server loads its data, NOAUTH when it requires a password that was not given.
    commands.append(RedisCommand("PING"))
    return channel.send(commands, within: TimeAmount(configuration.connectTimeout))
      .flatMapThrowing { replies in
        if configuration.password != nil, let error = replies[0].error { throw error }
        // NOPERM: a user without the right to PING or SETNAME can still use its other commands.
        if let error = replies[replies.count - 1].error, error.code != .reply("NOPERM") { throw error }
        return channel
      }
      .flatMapErrorThrowing { error in
        let reason = (error as? RedisError)?.message ?? "\(error)"
        let failure = RedisError(.unavailable, "\(address) refuses the connection: \(reason)")
        channel.close(failure)
        throw failure
      }
  }
}
