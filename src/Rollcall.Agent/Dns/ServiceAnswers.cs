using System.Runtime.CompilerServices;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Agent.Dns;

/// <summary>Answers about services: healthy instances, shuffled, as many as the message has room for.</summary>
internal sealed partial class ServiceAnswers(DnsSettings settings, HostLookup hosts)
{
    // As in Consul.
    private const int MostHostRecords = 5;

    private readonly ConditionalWeakTable<ServiceEntry, DnsServiceView> _views = [];

    /// <param name="answer">The answer.</param>
    /// <param name="entry">The service.</param>
    /// <param name="tag">In lower case; empty: all instances.</param>
    /// <param name="ttl">How long it may be kept, in seconds.</param>
    /// <param name="scratch">The thread's own.</param>
    public DnsFinding Answer(ref DnsAnswer answer, ServiceEntry entry, string tag, uint ttl, DnsScratch scratch)
    {
        return Answer(ref answer, _views.GetValue(entry, made => new DnsServiceView(made, settings)).Select(tag), ttl, inOrder: false, scratch);
    }

    /// <summary>The instances that a prepared query found, in its order.</summary>
    public DnsFinding Answer(ref DnsAnswer answer, IReadOnlyList<ServiceInstance> found, uint ttl, DnsScratch scratch) =>
        Answer(ref answer, new DnsServiceView(found, settings).Select(""), ttl, inOrder: true, scratch);

    private DnsFinding Answer(ref DnsAnswer answer, DnsInstance[] instances, uint ttl, bool inOrder, DnsScratch scratch)
    {
        if (instances.Length == 0)
        {
            return DnsFinding.Unknown;
        }

        var draw = new InstanceDraw(instances, scratch.Order(instances.Length), inOrder ? null : scratch.Random);
        scratch.Answered.Begin();
        var (count, shortened) = answer.Type == DnsType.Srv
            ? WriteServers(ref answer, draw, ttl, scratch)
            : WriteAddresses(ref answer, draw, ttl, scratch);
        if (shortened && settings.EnableTruncate)
        {
            answer.Header = answer.Header with { Truncated = true };
        }

        // Who is told to ask again is not told that there is nothing.
        return count == 0 && !answer.Header.Truncated ? DnsFinding.Empty : DnsFinding.Found;
    }

    private (int Count, bool Shortened) WriteAddresses(ref DnsAnswer answer, scoped InstanceDraw draw, uint ttl, DnsScratch scratch)
    {
        var (count, wanted, limit) = (0, 0, Limit(answer));
        DnsInstance? host = null;
        for (var drawn = 0; drawn < draw.Count && count < settings.AddressLimit; drawn++)
        {
            var instance = AsAsked(answer, draw.Next(drawn));
            if (instance.Address is not { } address)
            {
                host ??= instance;
            }
            else if (IsWanted(answer.Type, address) && scratch.Answered.Add(instance.AddressKey))
            {
                wanted++;
                if (count == wanted - 1 && count < limit && TryWriteAddress(ref answer, address, ttl, scratch, count))
                {
                    count++;
                }
                else if (wanted > limit || !answer.IsSmall)
                {
                    break;
                }
            }
        }

        // An alias stands alone (RFC 1034 3.6.2), so it is told only if there is nothing else.
        return count == 0 && host is not null ? WriteAlias(ref answer, host, ttl, scratch) : Cut(ref answer, count, wanted, scratch);
    }

    private (int Count, bool Shortened) WriteAlias(ref DnsAnswer answer, DnsInstance host, uint ttl, DnsScratch scratch)
    {
        var (count, wanted, limit) = (1, 1, Limit(answer));
        if (limit == 0)
        {
            return (0, true);
        }

        var target = DnsSettings.Name(host.Target);
        answer.Writer.Limit = int.MaxValue;
        answer.Writer.TryWriteName(DnsSection.Answer, answer.Asked, DnsType.Cname, ttl, target);
        answer.Writer.Limit = answer.Room;
        foreach (var record in FindHost(answer, target, scratch))
        {
            if (count == wanted && count < limit && HostRecords.TryWrite(ref Keep(ref answer, scratch, count), DnsSection.Answer, record, ttl))
            {
                count++;
            }

            wanted++;
        }

        return Cut(ref answer, count, wanted, scratch);
    }

    /// <summary>
    /// Who says nothing about what he can take gets what fits even if a relay passes names on uncompressed; as in Consul, that is looked at only when
    /// there are more answers than a few.
    /// </summary>
    private (int Count, bool Shortened) Cut(ref DnsAnswer answer, int count, int wanted, DnsScratch scratch)
    {
        while (wanted > Limit(answer) && count > 1 && answer.Writer.UncompressedLength > answer.Room)
        {
            count--;
            answer.Writer.Undo(scratch.Marks[count]);
        }

        return (count, count < wanted);
    }

    /// <summary>Addresses and aliases; who says nothing about what he can take gets a few, also by TCP.</summary>
    private IEnumerable<DnsRecord> FindHost(in DnsAnswer answer, scoped DnsName target, DnsScratch scratch) =>
        hosts(target, answer.HostsLeft, scratch).Where(HostRecords.IsAddressOrAlias).Take(answer.HasEdns ? int.MaxValue : MostHostRecords);

    private static bool TryWriteAddress(ref DnsAnswer answer, byte[] address, uint ttl, DnsScratch scratch, int count)
    {
        // The first one goes in any case, as there would be no answer without it.
        answer.Writer.Limit = count == 0 ? int.MaxValue : answer.Room;
        return Keep(ref answer, scratch, count).TryWriteAddress(DnsSection.Answer, answer.Asked, ttl, address);
    }

    /// <summary>Who asks for addresses is told that of their family, and who asks for the very name that an instance has as its address, the node instead.</summary>
    private static DnsInstance AsAsked(in DnsAnswer answer, DnsInstance instance)
    {
        instance = answer.Type switch
        {
            DnsType.A => instance.ForA ?? instance,
            DnsType.Aaaa => instance.ForAaaa ?? instance,
            _ => instance,
        };
        return instance.AtNode is { } atNode && answer.Asked.Name.Wire.SequenceEqual(instance.Target) ? atNode : instance;
    }

    private static ref DnsMessageWriter Keep(ref DnsAnswer answer, DnsScratch scratch, int count)
    {
        if (count < scratch.Marks.Length)
        {
            scratch.Marks[count] = answer.Writer.Mark();
        }

        return ref answer.Writer;
    }

    /// <summary>
    /// Who says nothing about what he can take gets a few, and of them what fits even if a relay passes names on uncompressed; as in Consul, that is
    /// looked at only when there are more than a few.
    /// </summary>
    private int Limit(in DnsAnswer answer) => answer.IsSmall ? settings.UdpAnswerLimit : int.MaxValue;

    private static bool IsWanted(DnsType type, byte[] address) => type switch
    {
        DnsType.A => address.Length == 4,
        DnsType.Aaaa => address.Length == 16,

        // Consul gives addresses to who asks for text.
        DnsType.Any or DnsType.Txt => true,
        _ => false,
    };
}
