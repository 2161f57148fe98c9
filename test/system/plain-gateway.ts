/**
 * A gateway as the contract describes it and nothing more: plain publishes without headers, and a
 * subscription that answers commands. None of onhook's own library is in it.
 */
import type { NatsConnection, Subscription } from '@nats-io/transport-node';

export const PREFIX = 'onhook.v1';

export interface Command {
  readonly callId: string;
  readonly verb: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** `undefined`: no answer. */
export type CommandAnswer = (command: Command) => object | undefined;

export class PlainGateway {
  readonly name: string;
  readonly commands: Command[] = [];
  /** Each mark is echoed as soon as it is asked for. */
  echoes = true;
  answer: CommandAnswer = () => ({ ok: true });
  private readonly connection: NatsConnection;
  private subscription: Subscription | undefined;

  constructor(connection: NatsConnection, name = 'gw1') {
    this.connection = connection;
    this.name = name;
    this.listen();
  }

  listen(): void {
    this.subscription ??= this.connection.subscribe(`${PREFIX}.cmd.${this.name}.*.*`, {
      callback: (error, message) => {
        if (error !== null) return;
        const [callId = '', verb = ''] = message.subject.split('.').slice(-2);
        const command: Command = { callId, verb, body: message.json() };
        this.commands.push(command);
        const answer = this.answer(command);
        if (answer !== undefined) message.respond(JSON.stringify(answer));
        if (verb === 'mark' && this.echoes) this.say(callId, 'mark.echoed', { name: command.body['name'] });
      },
    });
  }

  /** Nobody hears its commands any more. */
  deafen(): void {
    this.subscription?.unsubscribe();
    this.subscription = undefined;
  }

  /** As `nats pub` does. */
  say(callId: string, type: string, data: object | string | Uint8Array = {}): void {
    const plain = typeof data === 'string' || data instanceof Uint8Array;
    this.connection.publish(
      `${PREFIX}.evt.${this.name}.${callId}.${type}`,
      plain ? data : JSON.stringify(data),
    );
  }

  verbs(callId: string): string[] {
    return this.commands.filter((command) => command.callId === callId).map(({ verb }) => verb);
  }

  command(callId: string, verb: string): Command | undefined {
    return this.commands.find((command) => command.callId === callId && command.verb === verb);
  }
}
