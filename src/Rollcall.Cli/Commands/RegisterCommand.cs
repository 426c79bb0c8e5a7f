using System.CommandLine;
using System.Net;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Hosts;

namespace Rollcall.Cli.Commands;

/// <summary><c>rollcall register</c>: registers an instance that cannot register itself.</summary>
internal static class RegisterCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Option<string>("--name") { HelpName = "NAME", Required = true, Description = "The service's name." };
        var id = new Option<string?>("--id") { HelpName = "ID", Description = "The instance's id. Default: the name." };
        var address = new Option<string?>("--address") { HelpName = "HOST", Description = "Where it listens. Default: the agent's node." };
        var port = new Option<int>("--port")
        {
            HelpName = "PORT",
            Description = "The port it listens on.",
            CustomParser = NumberParser.Whole<int>,
        };
        var tags = new Option<string[]>("--tag") { HelpName = "TAG", Description = "A tag; may be repeated." };
        var meta = new Option<string[]>("--meta") { HelpName = "KEY=VALUE", Description = "Metadata; may be repeated." };
        var weight = Weight("--weight", "Its share of the calls by a weighted policy while its checks pass, from 1.");
        var warningWeight = Weight("--warning-weight", "The same while one of its checks warns, from 0.");
        var checks = new CheckOptions();
        var command = new Command("register", "Register an instance with the agent.") { name, id, address, port, tags, meta, weight, warningWeight };
        checks.AddTo(command);
        var connection = new ConsulConnection(command, terminal, ofAgent: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var registration = new ServiceRegistration
            {
                Name = parsed.GetRequiredValue(name),
                Id = parsed.GetValue(id),
                Address = parsed.GetValue(address),
                Port = parsed.GetValue(port),
                Tags = parsed.GetValue(tags) is { Length: > 0 } given ? given : null,
                Meta = ReadMeta(parsed.GetValue(meta) ?? []),
                Weights = new ServiceWeights { Passing = parsed.GetValue(weight), Warning = parsed.GetValue(warningWeight) },
                Checks = checks.Read(parsed),
            };
            if (registration.Name.Length == 0)
            {
                throw new CommandFailure("--name must not be empty.", ExitCode.Usage);
            }

            if (registration.Id is { } ownId)
            {
                GivenValue.Check(ownId, id.Name, "give one, or leave --id out for the name");
            }

            CheckFindable(name.Name, registration.Name, "name");
            CheckFindable(id.Name, registration.Id, "id");
            CheckCallable(registration.Address);
            foreach (var tag in registration.Tags ?? [])
            {
                GivenValue.Check(tag.Trim(), tags.Name, "give a word, or leave --tag out");
            }

            if (registration.Port is < 0 or > IPEndPoint.MaxPort)
            {
                throw new CommandFailure($"--port {registration.Port} is not from 0 to 65535.", ExitCode.Usage);
            }

            if (registration.Weights is { Passing: < 1 } or { Warning: < 0 })
            {
                throw new CommandFailure("--weight is from 1, --warning-weight from 0.", ExitCode.Usage);
            }

            using var client = connection.Open(parsed);
            await RegisterAsync(client.Agent, registration, cancellationToken);
            await terminal.Output.WriteLineAsync($"Registered service: {registration.Name} (id {registration.Id ?? registration.Name})");
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Registers and removes the checks of earlier registrations. Those that others added stay: an operator's maintenance mode is one of them.</summary>
    private static async Task RegisterAsync(AgentClient agent, ServiceRegistration registration, CancellationToken cancellationToken)
    {
        // The ids that Consul gives: of an earlier registration by another program, too.
        var serviceId = string.IsNullOrEmpty(registration.Id) ? registration.Name : registration.Id;
        var alone = $"service:{serviceId}";
        var checks = registration.Checks?.Select((check, i) => check with { CheckId = registration.Checks.Count == 1 ? alone : $"{alone}:{i + 1}" }).ToList();
        await agent.RegisterAsync(registration with { Checks = checks }, replaceExistingChecks: false, cancellationToken);

        // After it, so that the service is never without a check that finds it ill.
        foreach (var check in (await agent.ChecksAsync(cancellationToken: cancellationToken)).Value.Values.Where(check => check.ServiceId == serviceId))
        {
            var isOfRegistration = check.CheckId == alone || check.CheckId.StartsWith($"{alone}:", StringComparison.Ordinal);
            if (isOfRegistration && checks?.Exists(registered => registered.CheckId == check.CheckId) != true)
            {
                await agent.DeregisterCheckAsync(check.CheckId, cancellationToken);
            }
        }
    }

    // An agent takes them, and what asks for them later asks for another address.
    private static void CheckFindable(string option, string? value, string what)
    {
        if (value is "." or "..")
        {
            throw new CommandFailure($"{option} '{value}' can't be asked for: in an address '.' and '..' mean a step. Give another {what}.", ExitCode.Usage);
        }
    }

    // Nor do agents look at it, and every caller would fail.
    private static void CheckCallable(string? address)
    {
        const string Advice = "give the one that callers reach it by, or leave --address out for that of the agent's node";
        if (address is null)
        {
            return;
        }

        GivenValue.Check(address, "--address", Advice);
        if (RequestHost.IsEveryAddress(address))
        {
            throw new CommandFailure($"--address {address} is every address of its machine, and for callers their own: {Advice}.", ExitCode.Usage);
        }

        if (!RequestHost.IsUsable(address))
        {
            throw new CommandFailure(
                $"--address '{address}' is none that callers can use: give a host name or an IP address alone, without scheme, path and brackets; the port goes to --port.",
                ExitCode.Usage);
        }
    }

    private static Option<int> Weight(string name, string description) => new(name)
    {
        HelpName = "N",
        Description = description,
        DefaultValueFactory = static _ => 1,
        CustomParser = NumberParser.Whole<int>,
    };

    private static Dictionary<string, string>? ReadMeta(string[] pairs)
    {
        if (pairs.Length == 0)
        {
            return null;
        }

        var meta = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new CommandFailure($"--meta '{pair}' is not KEY=VALUE.", ExitCode.Usage);
            }

            meta[pair[..equals]] = pair[(equals + 1)..];
        }

        return meta;
    }
}
