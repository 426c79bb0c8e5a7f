using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Store.Catalog;

namespace Rollcall.Agent.Configuration;

/// <summary>Where Consul has other rules for services and checks of files than for those that are registered.</summary>
internal static class FileRules
{
    private static readonly GoValue s_one = new(GoKind.Number) { Text = "1" };

    /// <summary>Of weights, one that a file does not give is 1. One that a client does not give is 0.</summary>
    public static GoValue WithDefaults(GoValue weights) => weights with { Members = [new("passing", s_one), new("warning", s_one), .. weights.Members] };

    /// <summary>A check of a service may have a token of its own there. Who writes the files is trusted, so it is for nothing.</summary>
    public static GoValue WithoutToken(GoValue check) => Without(check, "token");

    /// <summary>Files know a port of all that is exposed, and Consul makes nothing of it.</summary>
    public static GoValue WithoutPort(GoValue expose) => Without(expose, "port");

    /// <summary>How a proxy reaches other datacenters is looked at in files alone: registrations may say anything.</summary>
    public static GoValue WithKnownMode(GoValue gateway, ConfigFaults faults)
    {
        if (gateway["mode"] is { Kind: GoKind.String, Text: not ("" or "none" or "local" or "remote") and var mode })
        {
            faults.Value($"Invalid Mesh Gateway Mode: \"{mode}\"");
        }

        return gateway;
    }

    /// <summary>The one check of a service is the last of its checks, and has to check something: a client's that does not is passed over.</summary>
    public static GoValue WithChecksTogether(GoValue service) => service["check"] is { Kind: GoKind.Object } check
        ? service with
        {
            Members =
            [
                .. service.Members.Where(static member => member.Key is not ("check" or "checks")),
                new("checks", new GoValue(GoKind.Array) { Items = [.. service["checks"].Items, check] }),
            ],
        }
        : service;

    /// <summary>What is wrong with a service in a file only, or null. Consul takes such an address there, and tells it to all who ask for the service.</summary>
    public static string? FaultOf(ServiceDefinition service) => CatalogRules.AddressFault(service.Address) is { } fault
        ? $"{fault}: \"{service.Address}\" is where a program listens: set where others reach it, or leave it out for the node's"
        : null;

    private static GoValue Without(GoValue value, string name) => value with { Members = [.. value.Members.Where(member => member.Key != name)] };
}
