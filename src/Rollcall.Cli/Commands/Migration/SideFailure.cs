using System.Net;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration;

/// <summary>What a side answers in place of what it was asked for.</summary>
internal static class SideFailure
{
    public static bool IsRefusal(ConsulException failure) => failure.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;

    /// <summary>The same for people who have two sides: the library knows of the variables alone, which say nothing here.</summary>
    public static CommandFailure Of(ConsulException failure) => new(
        failure.Message
            .Replace(ConsulConnection.AddressVariable, $"{MigrateCommand.From} or {MigrateCommand.To}", StringComparison.Ordinal)
            .Replace(
                "CONSUL_HTTP_AUTH or ConsulClientOptions.HttpAuth",
                $"CONSUL_HTTP_AUTH, and this address into {ConsulConnection.AddressVariable}, as the password goes to no other",
                StringComparison.Ordinal),
        ExitCode.Failure,
        failure);
}
