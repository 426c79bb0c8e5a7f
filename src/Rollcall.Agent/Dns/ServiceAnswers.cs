using System.Runtime.CompilerServices;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Dns;

namespace Rollcall.Agent.Dns;

/// <summary>Answers about services: healthy instances, shuffled, as many as the message has room for.</summary>
internal sealed class ServiceAnswers(DnsSettings settings, Random random)
{
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

        var draw = new InstanceDraw(instances, scratch.Order(instances.Length), inOrder ? null : random);
        scratch.Answered.Begin(instances.Length);
        var (count, shortened) = answer.Type == DnsType.Srv
            ? WriteServers(ref answer, draw, ttl, scratch)
            : WriteAddresses(ref answer, draw, ttl, scratch);
        if (shortened && settings.EnableTruncate)
        {
            answer.Header = answer.Header with { Truncated = true };
        }

        return count == 0 ? DnsFinding.Empty : DnsFinding.Found;
    }

    private (int Count, bool Shortened) WriteAddresses(ref DnsAnswer answer, scoped InstanceDraw draw, uint ttl, DnsScratch scratch)
    {
        var (count, wanted, limit) = (0, 0, Limit(answer));
        DnsInstance? host = null;
        for (var drawn = 0; drawn < draw.Count && count < settings.AddressLimit; drawn++)
        {
            var instance = draw.Next(drawn);
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
        if (count == 0 && host is not null)
        {
            answer.Writer.TryWriteName(DnsSection.Answer, answer.Asked, DnsType.Cname, ttl, DnsSettings.Name(host.Target));
            return (1, false);
        }

        while (wanted > limit && count > 1 && answer.Writer.UncompressedLength > answer.Room)
        {
            count--;
            answer.Writer.Undo(scratch.Marks[count]);
        }

        return (count, count < wanted);
    }

    private (int Count, bool Shortened) WriteServers(ref DnsAnswer answer, scoped InstanceDraw draw, uint ttl, DnsScratch scratch)
    {
        scratch.Targets.Begin(draw.Count);
        var addresses = DnsMessageWriter.Fragment(scratch.Fragment);
        var (count, wanted, limit) = (0, 0, Limit(answer));
        for (var drawn = 0; drawn < draw.Count; drawn++)
        {
            var instance = draw.Next(drawn);
            if (!scratch.Answered.Add(instance.ServerKey))
            {
                continue;
            }

            wanted++;
            if (count == wanted - 1 && count < limit && TryWriteServer(ref answer, ref addresses, instance, ttl, scratch, count))
            {
                count++;
            }
            else if (wanted > limit || !answer.IsSmall)
            {
                break;
            }
        }

        while (wanted > limit && count > 1 && answer.Writer.UncompressedLength + addresses.UncompressedLength > answer.Room)
        {
            count--;
            answer.Writer.Undo(scratch.Marks[count]);
            addresses.Undo(scratch.FragmentMarks[count]);
        }

        answer.Writer.Limit = Math.Max(answer.Room, answer.Writer.Length + addresses.Length);
        answer.Writer.TryAppend(addresses);
        if (count == wanted && settings.NodeMetaText)
        {
            WriteTexts(ref answer, draw.Instances, ttl, scratch);
        }

        return (count, count < wanted);
    }

    private static bool TryWriteAddress(ref DnsAnswer answer, byte[] address, uint ttl, DnsScratch scratch, int count)
    {
        // The first one goes in any case, as there would be no answer without it.
        answer.Writer.Limit = count == 0 ? int.MaxValue : answer.Room;
        return Keep(ref answer, scratch, count).TryWriteAddress(DnsSection.Answer, answer.Asked, ttl, address);
    }

    private static bool TryWriteServer(
        ref DnsAnswer answer, ref DnsMessageWriter addresses, DnsInstance instance, uint ttl, DnsScratch scratch, int count)
    {
        answer.Writer.Limit = count == 0 ? int.MaxValue : answer.Room - addresses.Length;
        if (count < scratch.Marks.Length)
        {
            scratch.FragmentMarks[count] = addresses.Mark();
        }

        var target = DnsSettings.Name(instance.Target);
        ref var writer = ref Keep(ref answer, scratch, count);
        var before = writer.Mark();
        if (!writer.TryWriteSrv(DnsSection.Answer, answer.Asked, ttl, 1, instance.Weight, instance.Port, target))
        {
            return false;
        }

        if (instance.Address is not { } address || !scratch.Targets.Add(instance.TargetKey))
        {
            return true;
        }

        // The address of the target comes behind all answers, and must have room there before the next one is added.
        addresses.Limit = count == 0 ? ushort.MaxValue : answer.Room - writer.Length;
        return addresses.TryWriteAddress(DnsSection.Additional, DnsOwner.At(target, writer.TargetOffset), ttl, address) || writer.Undo(before);
    }

    /// <summary>The metadata of each node once, of all nodes or of none.</summary>
    private static void WriteTexts(ref DnsAnswer answer, scoped ReadOnlySpan<DnsInstance> instances, uint ttl, DnsScratch scratch)
    {
        ref var writer = ref answer.Writer;
        var mark = writer.Mark();
        scratch.Nodes.Begin(instances.Length);
        foreach (var instance in instances)
        {
            if (!scratch.Nodes.Add(instance.Node.Key))
            {
                continue;
            }

            foreach (var text in instance.Node.Texts)
            {
                if (!writer.TryWriteText(DnsSection.Additional, DnsSettings.Name(instance.Node.Name), ttl, text))
                {
                    writer.Undo(mark);
                    return;
                }
            }
        }
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
