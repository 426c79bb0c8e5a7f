using Rollcall.Fuzz.Targets;

namespace Rollcall.Fuzz;

/// <summary>All targets.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<Func<IFuzzTarget>> All { get; } =
    [
        static () => new FramingTarget(),
        static () => new CompressionTarget(),
        static () => new TimeoutTarget(),
        static () => new StatusMessageTarget(),
        static () => new MetadataTarget(),
        static () => new WebTextTarget(),
        static () => new TranscodingTarget(),
        static () => new TranscodingQueryTarget(),
        static () => new PathTemplateTarget(),
        static () => new ConnectTarget(),
        static () => new ServiceConfigTarget(),
        static () => new DynamicJsonTarget(),
        static () => new DynamicWireTarget(),
        static () => new DnsTarget(),
        static () => new DnsServerTarget(),
        static () => new HclTarget(),
        static () => new AgentConfigTarget(),
        static () => new QueryTemplateTarget(),
        static () => new SnapshotTarget(),
        static () => new SnapshotStateTarget(),
        static () => new FilterTarget(),
        static () => new AgentBodyTarget(),
        static () => new AgentTargetTarget(),
        static () => new AgentApiTarget(),
    ];
}
