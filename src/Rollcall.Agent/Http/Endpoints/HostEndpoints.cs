using System.Text.Json;
using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Metrics;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>agent/host</c>: the machine the agent runs on.</summary>
internal sealed class HostEndpoints(AgentCore core, TimeProvider time)
{
    public void Map(RouteTable routes) => routes.Add("/v1/agent/host", ("GET", HostAsync));

    private ValueTask HostAsync(AgentRequest request) => request.JsonAsync(
        (host: HostReader.Read(), core.Identity.NodeId, now: time.GetUtcNow()), static (json, state) => Write(json, state.host, state.NodeId, state.now));

    private static void Write(Utf8JsonWriter json, HostFacts host, string nodeId, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteStartObject("Memory"u8);
        json.WriteNumber("total"u8, host.Memory("MemTotal"));
        json.WriteNumber("available"u8, host.Memory("MemAvailable"));
        var used = host.Memory("MemTotal") - host.Memory("MemFree") - host.Memory("Buffers") - host.Memory("Cached");
        json.WriteNumber("used"u8, used);
        json.WritePropertyName("usedPercent"u8);
        GoNumber.Write(json, Percent(used, host.Memory("MemTotal")));
        foreach (var (name, field) in s_memory)
        {
            json.WriteNumber(name, host.Memory(field));
        }

        json.WriteEndObject();
        json.WriteStartArray("CPU"u8);
        foreach (var cpu in host.Processors)
        {
            Write(json, cpu);
        }

        json.WriteEndArray();
        json.WriteStartObject("Host"u8);
        json.WriteString("hostname"u8, host.Name);
        json.WriteNumber("uptime"u8, (long)host.Uptime.TotalSeconds);
        json.WriteNumber("bootTime"u8, (now - host.Uptime).ToUnixTimeSeconds());
        json.WriteNumber("procs"u8, host.Processes);
        json.WriteString("os"u8, host.System);
        json.WriteString("platform"u8, host.Platform);
        json.WriteString("platformFamily"u8, host.PlatformFamily);
        json.WriteString("platformVersion"u8, host.PlatformVersion);
        json.WriteString("kernelVersion"u8, host.Kernel);
        json.WriteString("kernelArch"u8, host.Architecture);
        json.WriteString("virtualizationSystem"u8, "");
        json.WriteString("virtualizationRole"u8, "");
        json.WriteString("hostid"u8, nodeId);
        json.WriteEndObject();
        json.WriteStartObject("Disk"u8);
        json.WriteString("path"u8, host.Disk.Name);
        json.WriteString("fstype"u8, host.Disk.DriveFormat);
        json.WriteNumber("total"u8, host.Disk.TotalSize);
        json.WriteNumber("free"u8, host.Disk.AvailableFreeSpace);
        var filled = host.Disk.TotalSize - host.Disk.TotalFreeSpace;
        json.WriteNumber("used"u8, filled);
        json.WritePropertyName("usedPercent"u8);
        GoNumber.Write(json, Percent(filled, filled + host.Disk.AvailableFreeSpace));
        json.WriteEndObject();
        json.WriteNumber("CollectionTime"u8, (now - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);
        json.WriteNull("Errors"u8);
        json.WriteEndObject();
    }

    private static readonly (string Name, string Field)[] s_memory =
    [
        ("free", "MemFree"), ("active", "Active"), ("inactive", "Inactive"), ("wired", ""), ("laundry", ""), ("buffers", "Buffers"), ("cached", "Cached"),
        ("writeback", "Writeback"), ("dirty", "Dirty"), ("writebacktmp", "WritebackTmp"), ("shared", "Shmem"), ("slab", "Slab"),
        ("sreclaimable", "SReclaimable"), ("sunreclaim", "SUnreclaim"), ("pagetables", "PageTables"), ("swapcached", "SwapCached"),
        ("commitlimit", "CommitLimit"), ("committedas", "Committed_AS"), ("hightotal", "HighTotal"), ("highfree", "HighFree"), ("lowtotal", "LowTotal"),
        ("lowfree", "LowFree"), ("swaptotal", "SwapTotal"), ("swapfree", "SwapFree"), ("mapped", "Mapped"), ("vmalloctotal", "VmallocTotal"),
        ("vmallocused", "VmallocUsed"), ("vmallocchunk", "VmallocChunk"), ("hugepagestotal", "HugePages_Total"), ("hugepagesfree", "HugePages_Free"),
        ("hugepagesize", "Hugepagesize"),
    ];

    private static void Write(Utf8JsonWriter json, IReadOnlyDictionary<string, string> cpu)
    {
        json.WriteStartObject();
        Number(json, "cpu"u8, cpu, "processor");
        Text(json, "vendorId"u8, cpu, "vendor_id");
        Text(json, "family"u8, cpu, "cpu family");
        Text(json, "model"u8, cpu, "model");
        Number(json, "stepping"u8, cpu, "stepping");
        Text(json, "physicalId"u8, cpu, "physical id");
        Text(json, "coreId"u8, cpu, "core id");
        json.WriteNumber("cores"u8, 1);
        Text(json, "modelName"u8, cpu, "model name");
        Number(json, "mhz"u8, cpu, "cpu MHz");
        Number(json, "cacheSize"u8, cpu, "cache size");
        WireJson.Texts(json, "flags"u8, (cpu.GetValueOrDefault("flags") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Text(json, "microcode"u8, cpu, "microcode");
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string> cpu, string field) =>
        json.WriteString(name, cpu.GetValueOrDefault(field) ?? "");

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string> cpu, string field)
    {
        json.WritePropertyName(name);
        GoNumber.Write(json, HostFacts.Number(cpu.GetValueOrDefault(field)));
    }

    private static double Percent(long part, long whole) => whole == 0 ? 0 : 100.0 * part / whole;
}
